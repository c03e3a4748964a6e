"""A Ctrl-C that comes while the command is still being imported, or when all is done."""

from __future__ import annotations

import subprocess
import sys

_INTERRUPTED = """
import sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Finder())
import multi_instance_manager.cli
"""


def test_it_ends_the_command_in_silence_with_its_code() -> None:
    program = _INTERRUPTED.format(name="click")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


_DONE = """
import atexit, os, signal, sys

sys.argv = ["multi-instance", "--version"]
atexit.register(os.kill, os.getpid(), signal.SIGINT)
from multi_instance_manager.cli import main
main()
"""


def test_after_the_end_it_does_not_replace_the_code() -> None:
    done = subprocess.run([sys.executable, "-c", _DONE], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"multi-instance")
