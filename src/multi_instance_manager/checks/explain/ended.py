"""Reasons why an instance does not run. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.checks.explain.reason import DOCTOR, UP, Reason, command, step_of
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.host.port_holder import holders_text
from multi_instance_manager.plan.causes import CauseCode
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.text.amounts import ago, size

if TYPE_CHECKING:
    from multi_instance_manager.checks.explain.instance_facts import InstanceFacts
    from multi_instance_manager.engine.protocol.engine import ContainerStatus

_KILLED = 137
_OF_A_STOP = {0, 130, _KILLED, 143}
_OVER = {ContainerState.EXITED, ContainerState.DEAD}


def paused(facts: InstanceFacts) -> Reason | None:
    """Somebody paused it: it holds its ports, and answers nobody."""
    if facts.state is not ContainerState.PAUSED:
        return None
    unpause = f"docker unpause {facts.container_name}"
    return Reason("paused", "is paused by hand: it answers nobody", (unpause, UP))


def keeps_crashing(facts: InstanceFacts) -> Reason | None:
    """Its process ends again and again, and the engine starts it anew."""
    status = facts.status
    if status is None or status.state is not ContainerState.RESTARTING:
        return None
    often = f"after {status.restart_count} restarts" if status.restart_count else "again"
    if status.oom_killed:
        sentence = f"keeps crashing: it ran out of memory{_limit(status)}, {often}"
        return Reason("crashing-out-of-memory", sentence, _more_memory(facts))
    sentence = f"keeps crashing: its process exits with code {status.exit_code}, {often}"
    return Reason("crashing", sentence, (command(facts, "logs"), command(facts, "stop")))


def port_held(facts: InstanceFacts) -> Reason | None:
    """It cannot start: somebody else has one of its ports."""
    if facts.is_up or not facts.holders:
        return None
    port = min(facts.holders)
    holder = holders_text(facts.holders[port])
    kind = "API" if facts.ports and port == facts.ports[0] else "stream"
    sentence = f"{_standing(facts)}: its {kind} port {port} is held by {holder}"
    steps = (f"stop {holder}, or move all with --base-api-port and --base-stream-port", UP)
    return Reason("port-held", sentence, steps)


def network_lost(facts: InstanceFacts) -> Reason | None:
    """It cannot start: one of its networks is not the one that it knows."""
    if facts.is_up or not facts.lost_network:
        return None
    missing = facts.finding("network")
    steps = (*(step_of(missing) if missing else ()), UP)
    return Reason("network-lost", f"is stopped: {facts.lost_network}", steps)


def out_of_memory(facts: InstanceFacts) -> Reason | None:
    """The kernel killed it for its memory."""
    status = facts.status
    if status is None or status.state not in _OVER or not status.oom_killed:
        return None
    sentence = f"is stopped: it ran out of memory{_limit(status)}{_ago(facts, status)}"
    return Reason("out-of-memory", sentence, _more_memory(facts))


def engine_error(facts: InstanceFacts) -> Reason | None:
    """The engine itself could not start it, and says why."""
    status = facts.status
    if status is None or facts.is_up or not status.error:
        return None
    sentence = f"{_standing(facts)}: the engine says: {status.error}"
    steps = (UP,) if facts.kind is OperationKind.REPLACE else (command(facts, "start"), DOCTOR)
    return Reason("engine-error", sentence, steps)


def image_missing(facts: InstanceFacts) -> Reason | None:
    """There is nothing to launch it from."""
    found = facts.finding("image")
    if facts.is_up or found is None:
        return None
    return Reason(
        "image-missing", f"{_standing(facts)}: {found.subject} {found.fact}", step_of(found)
    )


def never_launched(facts: InstanceFacts) -> Reason | None:
    """A profile that no run has launched yet."""
    if facts.state is not None or not facts.has_cause(CauseCode.PROFILE_IS_NEW):
        return None
    return Reason("never-launched", "was never launched", (UP,))


def taken_down(facts: InstanceFacts) -> Reason | None:
    """It was launched at some time, and neither a container nor a private file is left."""
    if facts.state is not None or not facts.has_cause(CauseCode.NO_CONTAINER):
        return None
    sentence = "has no container: it was taken down, or its last launch came to nothing"
    return Reason("taken-down", sentence, (UP,))


def container_gone(facts: InstanceFacts) -> Reason | None:
    """There was a container, and somebody removed it."""
    if facts.state is not None:
        return None
    return Reason("container-gone", "has no container any more: it was removed by hand", (UP,))


def never_started(facts: InstanceFacts) -> Reason | None:
    """Created, and then nothing."""
    if facts.state is not ContainerState.CREATED:
        return None
    return Reason("never-started", "was created but never started", (command(facts, "start"), UP))


def stopped_by_hand(facts: InstanceFacts) -> Reason | None:
    """An engine that starts it again whenever it ends was told to leave it."""
    status = facts.status
    if status is None or status.state is not ContainerState.EXITED or not facts.restarts_by_itself:
        return None
    sentence = f"was stopped by hand{_ago(facts, status)}"
    if status.exit_code == _KILLED:
        sentence += ", and killed (its last session may not be saved)"
    elif status.exit_code not in _OF_A_STOP:
        sentence += f" after its process had exited with code {status.exit_code}"
        if facts.log_tail:
            sentence += f": {facts.log_tail[-1]}"
    return Reason("stopped-by-hand", sentence, (command(facts, "start"),))


def ended_by_itself(facts: InstanceFacts) -> Reason | None:
    """Its process ended, and nothing starts it again."""
    status = facts.status
    if status is None or status.state is not ContainerState.EXITED:
        return None
    sentence = f"is stopped: its process exited with code {status.exit_code}{_ago(facts, status)}"
    if facts.log_tail:
        sentence += f": {facts.log_tail[-1]}"
    steps = (command(facts, "logs"), command(facts, "start"))
    return Reason("exited", sentence, steps)


def broken_state(facts: InstanceFacts) -> Reason | None:
    """States that only the engine can leave: dead, being removed, or none that is known."""
    if facts.state is ContainerState.RUNNING:
        return None
    sentence = f"does not run: its container is {facts.state}"
    return Reason("broken", sentence, (UP, "see the engine's own log if it stays so"))


def _standing(facts: InstanceFacts) -> str:
    return "is stopped" if facts.state else "is not launched"


def _limit(status: ContainerStatus) -> str:
    limit = status.memory_limit_bytes
    return f" (limit {size(limit)})" if limit else " (the machine's: it has no limit of its own)"


def _ago(facts: InstanceFacts, status: ContainerStatus) -> str:
    return ago(facts.since(status.finished_at))


def _more_memory(facts: InstanceFacts) -> tuple[str, ...]:
    limit = facts.status.memory_limit_bytes if facts.status else None
    if limit is None:
        return ("free memory, or launch fewer profiles", command(facts, "start"))
    more = f"{2 * limit // 1024**2}m"
    return (f"{UP} --memory-limit {more}", command(facts, "logs"))
