"""A Ctrl-C that comes while the command is still being imported."""

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
