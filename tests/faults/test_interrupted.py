"""Interruptions by the person or the system: what has begun is finished or undone, and told."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import termios
import time

import pytest

from e2e.obligations import containers, eventually, must_succeed, serves
from e2e.project import Result, ended
from faults import stress
from faults.bench import KEPT_OUT, NAME, Bench
from faults.promises import (
    must_be_a_clear_report,
    must_converge,
    must_have_lost_no_session,
    must_serve_alone,
    running,
)
from faults.proxy import How

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AT = {
    "stop": r"POST /containers/\*/stop",
    "create": "POST /containers/create",
    "start": r"POST /containers/\*/start",
}


def interrupted_at(bench: Bench, shape: str, number: signal.Signals) -> Result:
    """Interrupt a launch while the engine takes its time for a call, until that was heard."""
    fault = bench.inject(How.DELAYED, (shape, 1), delay_s=60.0)
    process = bench.begin()
    eventually(lambda: fault.met is not None or process.poll() is not None)
    said = unread(process)
    process.send_signal(number)
    stress.injected[f"{number.name} at a call"] += 1
    eventually(lambda: unread(process) > said or process.poll() is not None)
    bench.heal()
    return ended(process)


def unread(process: subprocess.Popen[str]) -> int:
    """How much the command has written to its standard error that nobody has read yet."""
    assert process.stderr is not None
    answer = fcntl.ioctl(process.stderr, termios.FIONREAD, bytes(4))
    return int.from_bytes(answer, sys.byteorder)


@pytest.mark.parametrize(("number", "shape"), [*zip(SIGNALS, AT.values(), strict=True)])
def test_an_interrupted_replacement_ends_with_one_instance_and_says_so(
    bench: Bench, number: signal.Signals, shape: str
) -> None:
    bench.project.add(NAME)
    must_succeed(bench.up())
    old = must_serve_alone(bench, "at first")
    bench.wishes["EXTRA_DOCKER_ARGS"] = "-e REFERENCE_READY_AFTER_S=600"

    result = interrupted_at(bench, shape, number)

    assert result.code == 130, result.text
    must_be_a_clear_report(result, number.name)
    assert must_serve_alone(bench, result.text) == old
    assert list(containers(bench.project)) == [bench.project.container(NAME)]
    assert "its predecessor serves again" in result.text
    must_have_lost_no_session(bench, number.name)
    bench.wishes["EXTRA_DOCKER_ARGS"] = "-e REFERENCE_READY_AFTER_S=0"
    must_converge(bench, f"after {number.name}")


@pytest.mark.parametrize("number", SIGNALS, ids=[s.name for s in SIGNALS])
def test_an_interrupted_launch_begins_nothing_new_and_tells_what_stands(
    bench: Bench, number: signal.Signals
) -> None:
    names = ("user-a", "user-b", "user-c")
    bench.project.add(*names)
    bench.wishes["MULTI_INSTANCE_MAX_STARTING"] = "1"

    result = interrupted_at(bench, AT["create"], number)

    assert result.code == 130, result.text
    must_be_a_clear_report(result, number.name)
    assert set(running(bench)) <= {bench.project.container("user-a")}
    for name in ("user-b", "user-c"):
        assert f"not begun: profile {name}" in result.text
    must_converge(bench, f"after {number.name}", names=names)


def test_an_interruption_before_anything_is_touched_leaves_nothing(bench: Bench) -> None:
    bench.project.add(NAME)
    before = bench.project.snapshot()

    result = interrupted_at(bench, "GET /containers/json", signal.SIGINT)

    assert result.code == 130, result.text
    assert "nothing was touched" in result.text
    must_be_a_clear_report(result, "before anything")
    assert bench.project.snapshot() == before
    assert containers(bench.project) == {}


@pytest.mark.parametrize("call", AT)
def test_a_second_interruption_leaves_at_once_and_the_next_launch_converges(
    bench: Bench, call: str
) -> None:
    bench.project.add(NAME)
    must_succeed(bench.up())
    bench.wish_for_another()
    bench.witness.forget()
    fault = bench.inject(How.DONE_HUNG, (AT[call], 1))
    process = bench.begin(FAULTS_ENGINE_TIMEOUT_S="60")
    eventually(lambda: fault.met is not None or process.poll() is not None)

    process.send_signal(signal.SIGINT)
    must_say(process, "once more leaves at once")
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    result = ended(process)

    stress.injected["a second SIGINT"] += 1
    assert time.monotonic() - began < 5
    assert result.code == 130
    bench.heal()
    must_have_lost_no_session(bench, call)
    must_converge(bench, f"interrupted twice at {call}")


def must_say(process: subprocess.Popen[str], words: str) -> None:
    """The process says these words on standard error; it hangs as long as it likes before."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return
    pytest.fail(f"it never said {words!r}:\n{''.join(said)}")


def test_a_fresh_instance_that_was_starting_when_interrupted_serves_after_the_next_launch(
    bench: Bench,
) -> None:
    bench.project.add(NAME)
    bench.project.behave(REFERENCE_READY_AFTER_S="3")

    result = interrupted_at(bench, AT["start"], signal.SIGTERM)

    assert result.code == 130, result.text
    assert "interrupted" in result.out
    assert not serves(bench.project.api_port, NAME), "the test must interrupt a start"
    must_converge(bench, "interrupted while it started")


@pytest.mark.parametrize(
    ("command", "shape", "variables"),
    [
        ("verify", r"GET /containers/\*/json", {}),
        ("verify", r"GET /containers/\*/archive", KEPT_OUT),
        ("stats", r"GET /containers/\*/stats", {}),
    ],
    ids=["verify", "verify by the archive", "stats"],
)
def test_a_look_that_the_engine_keeps_waiting_ends_when_it_is_interrupted(
    bench: Bench, command: str, shape: str, variables: dict[str, str]
) -> None:
    bench.project.add(NAME)
    must_succeed(bench.up())
    fault = bench.inject(How.HUNG, (shape, 1), lasts=True)
    process = bench.begin(command=(command,), FAULTS_ENGINE_TIMEOUT_S="60", **variables)
    eventually(lambda: fault.met is not None or process.poll() is not None)

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=10) == 130
    assert "Traceback" not in ended(process).text
