"""Waits until an instance answers ready, dies, or its time is up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from multi_instance_manager.errors import InstanceFailed
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.http.probes import get

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event as Flag

    from multi_instance_manager.engine.protocol.engine import ContainerStatus, Reader

_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
_PAUSE_GROWTH = 1.15
_LOOK_EVERY_S = 0.5
_EXAMINE_EVERY_S = 1.5  # problems from the log are reported within five seconds
_PROBE_TIMEOUT_S = 5.0
_CRASHES = 3
_CRASHES_AT_MOST = 6
# How long to wait for a pause between two runs; a Podman restarts at once, again and again.
_BETWEEN_RUNS_S = 3.0
_OVER = {ContainerState.EXITED, ContainerState.DEAD, ContainerState.REMOVING}
_BETWEEN_RUNS = {ContainerState.RESTARTING, *_OVER}


class Interrupted(InstanceFailed):
    """The run was interrupted while an instance was starting."""


class CrashLoop(InstanceFailed):
    """The instance's process ends instead of serving."""


class Wait(msgspec.Struct, frozen=True):
    """What to wait for: a health address of a container, for at most ``timeout_s`` seconds.

    ``examine`` gets the container's status at intervals, and raises `InstanceFailed` if the start
    has failed. ``restarts_before`` is the engine's count of restarts at the beginning: earlier
    crashes do not count. None takes it from the first status.
    """

    container_id: str
    health_url: str
    timeout_s: float
    stop: Flag
    restarts_before: int | None = 0
    ready_status: int = 200
    examine: Callable[[ContainerStatus], None] = lambda _: None


def wait_until_ready(engine: Reader, wait: Wait, tell: Callable[[str], None]) -> None:
    """Return once the address answers ready; raises `InstanceFailed` with the reason otherwise.

    ``tell`` gets each new answer of the instance. The container itself is inspected only while it
    does not answer ready, so a dead one is detected at once.
    """
    deadline = time.monotonic() + wait.timeout_s
    pause, last_said, look_at = _FIRST_PAUSE_S, "", time.monotonic() + _LOOK_EVERY_S
    examine_at = time.monotonic() + _EXAMINE_EVERY_S
    baseline, path = wait.restarts_before, urlsplit(wait.health_url).path
    while True:
        answer = get(wait.health_url, timeout_s=min(_PROBE_TIMEOUT_S, wait.timeout_s + 1))
        if answer.status == wait.ready_status:
            return
        said = f"{path} {answer.said}"
        if said != last_said:
            last_said = said
            tell(last_said)
        now = time.monotonic()
        if now >= min(look_at, deadline):
            status = engine.status(wait.container_id)
            baseline = status.restart_count if baseline is None else baseline
            _refuse_dead(engine, wait, status, baseline)
            _refuse_unpublished(status)
            if now >= min(examine_at, deadline) and status.state is ContainerState.RUNNING:
                wait.examine(status)
                examine_at = now + _EXAMINE_EVERY_S
            look_at = now + _LOOK_EVERY_S
        if now >= deadline:
            raise InstanceFailed(
                f"was not ready after {wait.timeout_s:g} s ({last_said}); "
                "see its log, or give it longer with --wait-timeout"
            )
        if wait.stop.wait(min(pause, max(0.0, deadline - now))):
            raise Interrupted("was interrupted before it was ready")
        pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE_S)


def _refuse_dead(engine: Reader, wait: Wait, status: ContainerStatus, restarts_before: int) -> None:
    """Raise for an instance that has ended, or that has crashed too often.

    Its exit code is only available between two runs.
    """
    if status.state in _OVER:
        raise CrashLoop(f"ended with {_exit(status)}")
    crashes = status.restart_count - restarts_before
    if crashes < _CRASHES:
        return
    if status.state in _BETWEEN_RUNS:
        raise CrashLoop(f"crashed {crashes} times in a row, last with {_exit(status)}")
    if crashes >= _CRASHES_AT_MOST:
        last = _between_runs(engine, wait)
        how = f", last with {_exit(last)}" if last else ""
        raise CrashLoop(f"crashed {crashes} times in a row{how}")


def _refuse_unpublished(status: ContainerStatus) -> None:
    """Raise for an instance that no port of this machine leads to: waiting would not help."""
    if status.publishes_nothing:
        on = f"on the network {', '.join(status.networks)}" if status.networks else "on no network"
        raise InstanceFailed(
            f"runs, and no port of this machine leads to it: its container is {on}; "
            "give it a bridge network, for instance with EXTRA_DOCKER_ARGS='--network NAME'"
        )


def _between_runs(engine: Reader, wait: Wait) -> ContainerStatus | None:
    """Return the status at the next pause between two runs; None if none comes soon."""
    deadline = time.monotonic() + _BETWEEN_RUNS_S
    while time.monotonic() < deadline:
        status = engine.status(wait.container_id)
        if status.state in _BETWEEN_RUNS:
            return status
        if wait.stop.wait(_FIRST_PAUSE_S):
            break
    return None


def _exit(status: ContainerStatus) -> str:
    memory = " (out of memory)" if status.oom_killed else ""
    return f"exit code {status.exit_code}{memory}"
