"""Waiting for an instance: against a real HTTP server and an engine that tells how it is doing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import cast

import pytest

from multi_instance_manager.engine.protocol.engine import ContainerStatus, Reader
from multi_instance_manager.errors import EngineError, InstanceFailed
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.probe import readiness
from multi_instance_manager.probe.readiness import CrashLoop, Interrupted, Wait, wait_until_ready
from unit.memory_engine import free_port
from unit.serving import serving

RUNNING = ContainerStatus(ContainerState.RUNNING, 0, False, 0)
PATIENT_S = 60.0


class Doctor:
    """The one call that a wait makes: each look gives the next status, the last one for ever."""

    def __init__(self, *statuses: ContainerStatus | EngineError) -> None:
        self.statuses = list(statuses or (RUNNING,))
        self.looks = 0

    def status(self, reference: str) -> ContainerStatus:
        assert reference == "container-id"
        self.looks += 1
        found = self.statuses[0] if len(self.statuses) == 1 else self.statuses.pop(0)
        if isinstance(found, EngineError):
            raise found
        return found


@contextmanager
def instance(*answers: int) -> Iterator[str]:
    """An instance that gives these answers, one after the other, and the last for ever."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/health"
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(ThreadingTCPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}/health"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(readiness, "_LONGEST_PAUSE_S", 0.01)
    monkeypatch.setattr(readiness, "_LOOK_EVERY_S", 0.005)


def wait_for(
    url: str,
    doctor: Doctor | None = None,
    *,
    timeout_s: float = 5.0,
    restarts_before: int | None = 0,
    stop: threading.Event | None = None,
) -> list[str]:
    """What was told on the way to readiness."""
    told: list[str] = []
    wait = Wait("container-id", url, timeout_s, stop or threading.Event(), restarts_before)
    wait_until_ready(cast("Reader", doctor or Doctor()), wait, told.append)
    return told


def nobody() -> str:
    return f"http://127.0.0.1:{free_port()}/health"


def crashed(times: int, *, oom: bool = False) -> ContainerStatus:
    return ContainerStatus(ContainerState.RESTARTING, 3, oom, times)


def test_an_instance_that_answers_is_ready_at_once_and_the_engine_is_not_asked() -> None:
    doctor = Doctor()
    with instance(200) as url:
        assert wait_for(url, doctor) == []

    assert doctor.looks == 0


def test_what_an_instance_answers_meanwhile_is_told_once_for_each_change() -> None:
    with instance(503, 503, 500, 503, 200) as url:
        assert wait_for(url) == [f"/health answers {code}" for code in (503, 500, 503)]


@pytest.mark.parametrize("state", [ContainerState.EXITED, ContainerState.DEAD])
def test_an_instance_that_ended_is_told_long_before_the_deadline(state: ContainerState) -> None:
    with pytest.raises(CrashLoop, match="ended with exit code 7"):
        wait_for(nobody(), Doctor(ContainerStatus(state, 7, False, 0)), timeout_s=60)


def test_an_instance_killed_for_its_memory_says_so() -> None:
    with pytest.raises(CrashLoop, match=r"exit code 137 \(out of memory\)"):
        wait_for(nobody(), Doctor(ContainerStatus(ContainerState.EXITED, 137, True, 0)))


def test_an_instance_that_keeps_crashing_is_given_up_at_the_third_crash() -> None:
    doctor = Doctor(RUNNING, crashed(1), crashed(2), crashed(3))

    with pytest.raises(CrashLoop, match="crashed 3 times in a row, last with exit code 3"):
        wait_for(nobody(), doctor, timeout_s=60)
    assert doctor.looks == 4


def test_the_exit_code_of_one_that_restarts_at_once_is_met_between_two_runs() -> None:
    runs_again = ContainerStatus(ContainerState.RUNNING, 0, False, 7)
    doctor = Doctor(runs_again, runs_again, runs_again, crashed(8))

    with pytest.raises(CrashLoop, match="crashed 7 times in a row, last with exit code 3"):
        wait_for(nobody(), doctor)


def test_one_that_never_rests_between_its_runs_is_given_up_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readiness, "_BETWEEN_RUNS_S", 0.02)
    runs_again = ContainerStatus(ContainerState.RUNNING, 0, False, 7)

    with pytest.raises(CrashLoop, match=r"crashed 7 times in a row$"):
        wait_for(nobody(), Doctor(runs_again))


@pytest.mark.parametrize("before", [5, None])
def test_crashes_before_the_wait_do_not_count(before: int | None) -> None:
    doctor = Doctor(crashed(5), crashed(6), crashed(7), crashed(8))

    with pytest.raises(CrashLoop, match="crashed 3 times"):
        wait_for(nobody(), doctor, timeout_s=60, restarts_before=before)
    assert doctor.looks == 4


def test_an_instance_that_recovers_from_a_crash_is_ready() -> None:
    with instance(503, 503, 503, 200) as url:
        wait_for(url, Doctor(crashed(1), crashed(2), RUNNING))


@pytest.mark.parametrize(("answer", "said"), [(503, "503"), (404, "404")])
def test_an_instance_that_is_never_ready_is_given_up_at_its_deadline(
    answer: int, said: str
) -> None:
    with (
        instance(answer) as url,
        pytest.raises(InstanceFailed, match=rf"not ready after 0.1 s \(/health answers {said}\); "),
    ):
        wait_for(url, timeout_s=0.1)


def test_an_instance_that_nobody_hears_of_is_told_as_such() -> None:
    with pytest.raises(InstanceFailed, match=r"\(/health refuses connections\)"):
        wait_for(nobody(), timeout_s=0.05)


def test_a_deadline_of_no_time_still_looks_once() -> None:
    with instance(200) as url:
        wait_for(url, timeout_s=0)
    with pytest.raises(CrashLoop):
        wait_for(nobody(), Doctor(ContainerStatus(ContainerState.EXITED, 1, False, 0)), timeout_s=0)


def test_an_interruption_ends_the_wait_at_once() -> None:
    stop = threading.Event()
    stop.set()

    with pytest.raises(Interrupted, match="interrupted before it was ready"):
        wait_for(nobody(), timeout_s=60, stop=stop)


def test_an_instance_that_is_ready_is_not_given_up_for_an_interruption() -> None:
    stop = threading.Event()
    stop.set()

    with instance(200) as url:
        wait_for(url, stop=stop)


def test_a_failing_engine_is_told_and_not_taken_for_a_crash() -> None:
    with pytest.raises(EngineError, match="gone"):
        wait_for(nobody(), Doctor(EngineError("gone")))


def test_a_start_that_comes_to_nothing_is_told_long_before_the_deadline() -> None:
    looks: list[ContainerStatus] = []

    def examine(status: ContainerStatus) -> None:
        looks.append(status)
        raise InstanceFailed("signed out: its own line")

    wait = Wait(
        "container-id",
        f"http://127.0.0.1:{free_port()}/health",
        PATIENT_S,
        threading.Event(),
        examine=examine,
    )
    with pytest.raises(InstanceFailed, match="signed out: its own line"):
        wait_until_ready(cast("Reader", Doctor()), wait, lambda _: None)

    assert looks == [RUNNING]


def test_what_does_not_run_is_not_examined() -> None:
    def examine(_: ContainerStatus) -> None:
        raise AssertionError("it has ended")

    wait = Wait(
        "container-id",
        f"http://127.0.0.1:{free_port()}/health",
        PATIENT_S,
        threading.Event(),
        examine=examine,
    )
    over = ContainerStatus(ContainerState.EXITED, 3, False, 0)
    with pytest.raises(CrashLoop, match="exit code 3"):
        wait_until_ready(cast("Reader", Doctor(over)), wait, lambda _: None)
