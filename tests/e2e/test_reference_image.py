"""The image of the reference instance behaves in a container as the application's does.

Nothing of the manager runs here but what it knows of the application.
"""

from __future__ import annotations

import ast
import http.client
import json
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.obligations import docker, eventually, get, inspect, logs, post
from e2e.project import IMAGE, free_block, session
from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.application.process_table import (
    Process,
    main_process_of,
    missing_processes,
)

START_S = 60.0
# To the supervisor, what ends sooner never ran.
STARTED_S = 1.0
Start = Callable[..., "Instance"]


class Instance:
    """One container of the image, run by hand."""

    def __init__(
        self, folder: Path, first_port: int, options: tuple[str, ...], variables: dict[str, str]
    ) -> None:
        self.port, self.stream_port = first_port, first_port + 20
        self.copy = folder / "active" / "user-a.json"
        self.name = f"t{uuid.uuid4().hex[:8]}-reference"
        settings = [word for pair in variables.items() for word in ("-e", "=".join(pair))]
        ports = ["-p", f"127.0.0.1:{self.port}:2048", "-p", f"127.0.0.1:{self.stream_port}:3120"]
        mount = ["-v", f"{folder}:/app/auth_profiles"]
        docker("run", "-d", "--name", self.name, *ports, *mount, *settings, *options, IMAGE)

    def is_ready(self) -> bool:
        try:
            return get(self.port, "/health")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def processes(self) -> list[Process]:
        """What runs in it, numbered as inside; zombies have no words."""
        script = (
            "import os\n"
            "for p in sorted(filter(str.isdigit, os.listdir('/proc'))):\n"
            "  if p == str(os.getpid()): continue\n"
            "  stat = open(f'/proc/{p}/stat').read().rpartition(')')[2].split()\n"
            "  words = open(f'/proc/{p}/cmdline').read().rstrip('\\0').split('\\0')\n"
            "  print(repr((int(p), int(stat[1]), words)))\n"
        )
        told = docker("exec", self.name, "python", "-S", "-c", script)
        return [
            Process(pid, parent, tuple(word for word in words if word))
            for pid, parent, words in map(_evaluated, told.splitlines())
        ]

    def main(self) -> int:
        """The main process, as the definition knows it; 0 where it does not run."""
        sign = builtin_application().main_process
        assert sign is not None
        found = main_process_of(self.processes(), sign)
        return found.pid if found else 0

    def signal_main(self, name: str) -> int:
        main = self.main()
        docker("exec", self.name, "kill", f"-{name}", str(main))
        return main

    def saves(self) -> int:
        """How often it has saved, by the file; -1 for one that is torn at this moment."""
        try:
            content = json.loads(self.copy.read_text())
        except ValueError:
            return -1
        return int(content.get("reference_instance", {}).get("saves", 0))


def _evaluated(line: str) -> tuple[int, int, list[str]]:
    found: tuple[int, int, list[str]] = ast.literal_eval(line)
    return found


def uptime_s(port: int) -> float:
    return float(get(port, "/api/server/status")[1]["uptime_seconds"])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    tmp_path.chmod(0o755)
    folder = tmp_path / "auth_profiles"
    (folder / "active").mkdir(parents=True)
    (folder / "active" / "user-a.json").write_text(session("user-a"))
    (folder / "key.txt").write_text("")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777)
    names = []

    def start(*options: str, **variables: str) -> Instance:
        made = Instance(folder, free_block(), options, variables)
        names.append(made.name)
        return made

    yield start
    subprocess.run(["docker", "rm", "-fv", *names], capture_output=True, check=False)


@pytest.fixture
def running(start: Start) -> Instance:
    made = start()
    eventually(made.is_ready, START_S)
    return made


def test_what_runs_in_it_is_what_the_definition_expects(running: Instance) -> None:
    assert missing_processes(running.processes(), builtin_application()) == ()
    assert running.main() != 1, "process 1 is the supervisor"


def test_a_plain_stop_loses_the_session(running: Instance) -> None:
    docker("stop", running.name)

    assert running.saves() == 0
    assert "Failed to save cookies" in logs(running.name)
    assert inspect(running.name)["State"]["ExitCode"] == 0


def test_the_main_process_asked_alone_saves_and_is_begun_again(running: Instance) -> None:
    eventually(lambda: uptime_s(running.port) > STARTED_S)
    before = running.signal_main("TERM")

    eventually(lambda: running.saves() == 1)
    eventually(lambda: running.main() not in {0, before}, START_S)
    eventually(running.is_ready, START_S)
    assert "INFO exited: aistudioproxy (exit status 0; expected)" in logs(running.name)
    assert inspect(running.name)["RestartCount"] == 0


def test_a_killed_main_process_leaves_its_browser_and_is_begun_in_vain(running: Instance) -> None:
    running.signal_main("KILL")

    eventually(lambda: logs(running.name).count("exit status 1; not expected") >= 2, START_S)
    assert "(terminated by SIGKILL; not expected)" in logs(running.name)
    assert not running.is_ready()
    docker("restart", "-t", "1", running.name)
    eventually(running.is_ready, START_S)


def test_the_stream_port_accepts_and_closes(running: Instance) -> None:
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        get(running.stream_port, "/")


def test_the_stream_port_can_be_opened(start: Start) -> None:
    made = start(REFERENCE_STREAM_OPEN="1")
    eventually(made.is_ready, START_S)
    connection = http.client.HTTPConnection("127.0.0.1", made.stream_port, timeout=10)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    connection.close()


def test_one_that_ends_at_its_start_is_begun_again_and_again(start: Start) -> None:
    made = start(REFERENCE_CRASH_AT_START="7")

    eventually(lambda: logs(made.name).count("exit status 7; not expected") >= 5, START_S)
    assert "FATAL" not in logs(made.name)
    state = inspect(made.name)
    assert (state["State"]["Running"], state["RestartCount"]) == (True, 0)


def test_one_that_ends_too_quickly_is_given_up_and_stands(start: Start) -> None:
    made = start(REFERENCE_CRASH_AT_ONCE="7")

    eventually(lambda: "entered FATAL state" in logs(made.name), START_S)
    assert logs(made.name).count("INFO spawned: 'aistudioproxy'") == 4
    assert inspect(made.name)["State"]["Running"]
    docker("stop", made.name)
    assert inspect(made.name)["State"]["ExitCode"] == 0


def test_what_ignores_its_stop_is_killed_by_the_supervisor(start: Start) -> None:
    made = start(REFERENCE_IGNORE_SIGTERM="1")
    eventually(made.is_ready, START_S)

    docker("stop", "-t", "60", made.name)

    assert "WARN stopped: aistudioproxy (terminated by SIGKILL)" in logs(made.name)
    assert inspect(made.name)["State"]["ExitCode"] == 0


def test_the_kernel_kills_a_page_for_its_memory_and_nothing_else(start: Start) -> None:
    made = start("-m", "120m", REFERENCE_RENDERER_KILLED_AFTER_S="0")
    eventually(made.is_ready, START_S)

    eventually(lambda: not any("--type=renderer" in p.command for p in made.processes()), START_S)
    assert missing_processes(made.processes(), builtin_application()) == ()
    assert made.is_ready()
    status, answer = post(made.port, "/v1/chat/completions")
    assert (status, "detail" in answer) == (502, True)


def test_the_well_behaved_one_is_process_1_and_saves_when_it_is_stopped(start: Start) -> None:
    made = start(REFERENCE_WELL_BEHAVED="1")
    eventually(made.is_ready, START_S)
    assert made.main() == 1
    assert missing_processes(made.processes(), builtin_application()) == ()

    docker("stop", made.name)

    assert made.saves() == 1
