"""What a launch writes: one document, plain lines, or a terminal's display. And Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from contextlib import suppress
from fcntl import ioctl
from typing import Any

import pytest

from e2e.obligations import (
    containers,
    eventually,
    get,
    logs,
    must_have_touched_nothing,
    must_not_tell_secrets,
    must_run_on_its_own_profile,
    must_succeed,
    serves,
)
from e2e.project import COMMAND, Project, Result, ended
from e2e.schemas import must_match_its_schema

SCHEMA = "multi-instance/up/1"
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
SLOW = "-e REFERENCE_READY_AFTER_S=30"


def the_document(result: Result, schema: str = SCHEMA) -> dict[str, Any]:
    """Standard output is one versioned document and nothing else."""
    document: dict[str, Any] = json.loads(result.out)
    assert document["schema"] == schema
    assert document["exit_code"] == result.code
    must_match_its_schema(document)
    assert "Traceback" not in result.err
    must_not_tell_secrets(result)
    return document


def test_the_document_of_a_launch(project: Project) -> None:
    project.add("user-a", "user-b")

    document = the_document(must_succeed(project.up("--output", "json")))

    assert document["result"] == "ok"
    assert document["fleet"] == project.prefix
    assert document["project_root"] == str(project.root)
    assert [entry["profile"] for entry in document["instances"]] == ["user-a", "user-b"]
    for slot, entry in enumerate(document["instances"]):
        assert entry["container"] == project.container(entry["profile"])
        assert entry["container_id"] == containers(project)[entry["container"]]
        assert entry["api_port"] == project.api_port + slot
        assert entry["stream_port"] == project.stream_port + slot
        assert entry["api_url"] == f"http://127.0.0.1:{entry['api_port']}"
        assert (entry["operation"], entry["state"]) == ("create", "ready")
        assert entry["problem"] is None
    assert [step["kind"] for step in document["plan"]] == ["create", "create"]
    assert "memory" in {finding["code"] for finding in document["findings"]}


def test_the_document_of_a_refused_launch(project: Project) -> None:
    project.add("user-a")

    result = project.up("--output", "json", "--image", "not/there:1")

    document = the_document(result)
    assert (result.code, document["result"]) == (3, "refused")
    (finding,) = [f for f in document["findings"] if f["severity"] == "error"]
    assert (finding["code"], finding["subject"]) == ("image", "image not/there:1")
    assert finding["next_step"]
    assert document["instances"] == []


def test_the_document_of_a_launch_that_was_not_confirmed(project: Project) -> None:
    project.add("user-a")

    result = project.up("--output", "json", env={"AUTO_CONFIRM": None}, answer="n\n")

    document = the_document(result)
    assert (result.code, document["result"]) == (6, "declined")
    assert [step["kind"] for step in document["plan"]] == ["create"]


def test_the_document_of_a_dry_run(project: Project) -> None:
    project.add("user-a")

    document = the_document(must_succeed(project.up("--output", "json", "--dry-run")))

    assert document["result"] == "dry-run"
    assert project.container("user-a") in document["commands"]


def test_the_document_of_a_launch_with_a_failed_instance(project: Project) -> None:
    project.add("user-a", "user-b")
    project.behave(REFERENCE_CRASH_AT_START="user-a=7,*=0")

    result = project.up("--output", "json")

    document = the_document(result)
    assert (result.code, document["result"]) == (1, "failed")
    failed, ready = document["instances"]
    assert (failed["state"], ready["state"]) == ("quarantined", "ready")
    assert "exit status 7" in failed["problem"]
    assert any("crashing with exit code 7" in line for line in failed["log_tail"])


def test_the_document_of_options_that_cannot_be_used(project: Project) -> None:
    result = project.up("--output", "json", "--base-api-port", "0")

    document = the_document(result, "multi-instance/failure/1")
    assert result.code == 2
    assert "--base-api-port" in json.dumps(document)


def test_a_pipe_gets_plain_lines(project: Project) -> None:
    project.add("user-a")

    result = must_succeed(project.up())

    assert "\x1b" not in result.text
    assert "\r" not in result.text
    container = project.container("user-a")
    assert f"create   {container}: profile is new" in result.err.splitlines()
    assert f"{container}: starting" in result.err.splitlines()
    assert f"{container}: ready" in result.err.splitlines()
    heading, row = result.out.splitlines()[:2]
    assert re.split(r"  +", heading) == [
        *("PROFILE", "CONTAINER", "API URL", "STREAM PORT", "STATE", "PROOF")
    ]
    assert row.split()[:5] == [
        *("user-a", container, f"http://127.0.0.1:{project.api_port}"),
        *(str(project.stream_port), "ready"),
    ]


class Terminal:
    """A launch in a pseudo-terminal, 80 columns wide unless told otherwise."""

    def __init__(self, project: Project, *options: str, columns: int = 80) -> None:
        ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        variables = {k: v for k, v in project.environment.items() if k != "AUTO_CONFIRM"}
        self._ours = ours
        self._raw = b""
        self._process = subprocess.Popen(
            # Without a controlling terminal Ctrl-C would be a character like any other.
            ["setsid", "--ctty", "--wait", COMMAND, "up", *options],
            cwd=project.root,
            env={**variables, "TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)

    @property
    def raw(self) -> str:
        return self._raw.decode(errors="replace")

    @property
    def shown(self) -> str:
        """What was written, without what only moves or colours."""
        return ESCAPE.sub("", self.raw)

    def read(self, until: str = "", seconds: float = 30) -> str:
        """Read until the words are shown, or to the end."""
        deadline = time.monotonic() + seconds
        while not (until and until in self.shown):
            assert time.monotonic() < deadline, f"not in time:\n{self.shown}"
            if not select.select([self._ours], [], [], 0.2)[0]:
                continue
            try:
                self._raw += os.read(self._ours, 65536)
            except OSError:  # the other side is closed: the command has ended
                break
        return self.shown

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def press_until_it_ends(self, key: str) -> None:
        """Press the key again for as long as it is not heard.

        Python does not notice a Ctrl-C that comes a moment before it begins to wait for a line.
        """

        def heard() -> bool:
            self.type(key)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.5)
            return self._process.returncode is not None

        eventually(heard)

    def end(self) -> tuple[int, str]:
        """The exit code and everything that was shown."""
        shown = self.read()
        return self._process.wait(timeout=30), shown

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *failure: object) -> None:
        self._process.kill()
        self._process.wait(timeout=30)
        os.close(self._ours)


def row_of(shown: str, name: str) -> str:
    """The summary's row of a profile."""
    summary = shown[shown.rindex("API URL") :]
    return next(line for line in summary.splitlines() if line.lstrip().startswith(f"{name} "))


@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_shows_question_progress_and_a_table_that_is_not_folded(
    project: Project, columns: int
) -> None:
    project.add("user-a", "user-b")
    project.behave(REFERENCE_READY_AFTER_S="0.5")

    with Terminal(project, columns=columns) as terminal:
        assert "memory" in terminal.read(until="Launch 2 instances?")
        terminal.type("y\n")
        code, shown = terminal.end()

    assert code == 0
    assert "\x1b[" in terminal.raw, "a terminal gets more than plain lines"
    assert "waiting until ready" in shown
    for slot, name in enumerate(("user-a", "user-b")):
        row = row_of(shown, name)
        assert f"http://127.0.0.1:{project.api_port + slot}" in row
        assert str(project.stream_port + slot) in row
        assert "ready" in row
        assert len(row) <= columns
    assert "2 ready" in shown


def test_a_no_in_a_terminal_cancels(project: Project) -> None:
    project.add("user-a")
    before = project.snapshot()

    with Terminal(project) as terminal:
        terminal.read(until="Launch 1 instance?")
        terminal.type("n\n")
        code, shown = terminal.end()

    assert code == 6
    assert "nothing was touched" in shown
    must_have_touched_nothing(project, before)


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_a_way_out_at_the_question_cancels(project: Project, key: str) -> None:
    project.add("user-a")
    before = project.snapshot()

    with Terminal(project) as terminal:
        terminal.read(until="Launch 1 instance?")
        terminal.press_until_it_ends(key)
        code, shown = terminal.end()

    assert code in {6, 130}
    assert "Traceback" not in shown
    must_have_touched_nothing(project, before)


def is_starting(project: Project, name: str) -> bool:
    container = project.container(name)
    return container in containers(project) and "Context created" in logs(container)


def interrupted(project: Project, name: str, number: signal.Signals, *options: str) -> Result:
    """Launch, and send the signal once the named instance is starting up."""
    launch = project.begin("--output", "json", *options)
    try:
        eventually(lambda: is_starting(project, name))
        launch.send_signal(number)
    finally:
        result = ended(launch)
    return result


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_launch_tells_the_truth_and_the_next_one_converges(
    project: Project, number: signal.Signals
) -> None:
    project.add("user-a", "user-b")
    project.behave(REFERENCE_READY_AFTER_S="30")

    result = interrupted(project, "user-a", number, "--max-starting", "1")

    document = the_document(result)
    assert (result.code, document["result"]) == (130, "interrupted")
    states = {entry["profile"]: entry["state"] for entry in document["instances"]}
    assert states == {"user-a": "interrupted", "user-b": "not begun"}
    assert project.container("user-b") not in containers(project)
    project.behave(REFERENCE_READY_AFTER_S="0")
    must_succeed(project.up())
    for slot, name in enumerate(("user-a", "user-b")):
        must_run_on_its_own_profile(project, name, project.api_port + slot)


def test_an_interrupted_replacement_brings_the_old_instance_back(project: Project) -> None:
    project.add("user-a")
    must_succeed(project.up())
    before = containers(project)
    launch = project.begin("--output", "json", "--docker-arg", SLOW)
    try:
        eventually(lambda: len(containers(project)) == 2 and is_starting(project, "user-a"))
        launch.send_signal(signal.SIGINT)
    finally:
        result = ended(launch)

    document = the_document(result)
    assert (result.code, document["result"]) == (130, "interrupted")
    assert containers(project) == before
    eventually(lambda: serves(project.api_port, "user-a"))
    assert "nothing to do" in must_succeed(project.up()).out


def test_a_killed_launch_leaves_a_state_that_the_next_one_recovers_from(project: Project) -> None:
    project.add("user-a", "user-b")
    must_succeed(project.up())
    launch = project.begin("--docker-arg", SLOW)
    try:
        eventually(lambda: len(containers(project)) > 2)
        launch.kill()
    finally:
        ended(launch)

    # A process that has just begun does not hear its stop signal yet, and is waited for in vain.
    must_succeed(project.up("--stop-timeout", "3"))

    assert sorted(containers(project)) == [project.container("user-a"), project.container("user-b")]
    for slot, name in enumerate(("user-a", "user-b")):
        must_run_on_its_own_profile(project, name, project.api_port + slot)
        assert get(project.api_port + slot, "/health")[0] == 200
    assert "nothing to do" in must_succeed(project.up()).out
