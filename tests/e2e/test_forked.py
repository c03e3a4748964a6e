"""A fork of the loaded command is to a test what a start of its own is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from e2e import forked
from e2e.project import COMMAND, Project

_PROGRAM = """
import json, os, sys
print(json.dumps([sys.argv[1:], os.getcwd(), sorted(os.environ.items()), sys.stdin.read()]))
print([stream.encoding + stream.errors for stream in (sys.stdin, sys.stdout, sys.stderr)])
print(sys.stdout.isatty(), os.getsid(0), os.getpgid(0), __name__, file=sys.stderr)
os.environ.get("KILLED") and os.kill(os.getpid(), 9)
sys.exit(7)
"""


def both(script: Path, env: dict[str, str], *words: str) -> tuple[object, object]:
    line = [str(script), *words]
    started = subprocess.run(
        [sys.executable, *line],
        cwd=script.parent,
        env=env,
        input="hé",
        capture_output=True,
        text=True,
        check=False,
    )
    done = forked.run(line, cwd=script.parent, env=env, answer="hé", timeout_s=60)
    return tuple(vars(one) | {"args": None} for one in (started, done))  # type: ignore[return-value]


def test_it_has_the_same_words_variables_folder_streams_and_end(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(_PROGRAM)
    for env in ({"PATH": "/bin", "A": "b c"}, {"KILLED": "1"}):
        started, done = both(script, env, "--one", "zwei drei", "\udcff")
        assert done == started


def test_the_command_says_the_same(project: Project) -> None:
    project.add("user-a")
    for line in ("--version", "up --base-api-port 0", "profiles list", "nonsense"):
        words = line.split()
        started, done = both(Path(COMMAND), project.environment, *words)
        assert done == started


def test_what_python_reads_at_its_start_is_left_to_a_start() -> None:
    assert forked.can_run([str(COMMAND)], {"PATH": "/bin"})
    assert not forked.can_run([str(COMMAND)], {"PYTHONUTF8": "0"})
    assert not forked.can_run([str(COMMAND), "x" * 200_000], {})
