"""From what was read of one member to its place in the report of the state. Decides the words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.observed import ContainerState
from multi_instance_manager.operations.readings import IS_GONE, Reading
from multi_instance_manager.plan import Kind
from multi_instance_manager.profiles import printable
from multi_instance_manager.reports.moments import moment
from multi_instance_manager.reports.session import session_report
from multi_instance_manager.reports.status import (
    AsideReport,
    Condition,
    ContainerReport,
    MemberStatus,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.engine.protocol import Image
    from multi_instance_manager.login import Login
    from multi_instance_manager.observed import ObservedContainer
    from multi_instance_manager.operations.addresses import Address
    from multi_instance_manager.operations.members import Member

_BY_STATE = {
    ContainerState.PAUSED: Condition.PAUSED,
    ContainerState.RESTARTING: Condition.RESTARTING,
    ContainerState.UNKNOWN: Condition.UNKNOWN,
}
_WELL = {Condition.READY, Condition.NOT_ASKED, Condition.DISABLED}
_UP = {ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING}


class Seen(msgspec.Struct, frozen=True):
    """All that was read of one member. ``refusal`` is why its profile cannot be used, or None.

    ``is_in_reach``: its API could be asked from here. ``images`` are the engine's present
    images by name; ``now`` in seconds since the epoch.
    """

    member: Member
    reading: Reading
    address: Address | None
    login: Login | None
    refusal: str | None
    is_in_reach: bool
    is_enabled: bool
    images: Mapping[str, Image | None]
    now: float


def member_status(seen: Seen) -> MemberStatus:
    """The member as the report tells it."""
    member, reading, operation = seen.member, seen.reading, seen.member.operation
    condition = _condition(seen)
    causes = operation.causes if operation else ()
    replaced = operation is not None and operation.kind is Kind.REPLACE
    return MemberStatus(
        profile=printable(member.profile_name),
        container_name=member.container_name,
        is_orphan=member.is_orphan,
        is_enabled=seen.is_enabled,
        condition=condition,
        is_well=member.is_orphan or condition in _WELL,
        health=reading.health.said if reading.health else None,
        reason=_reason(seen, condition),
        api_url=seen.address.api_url if seen.address else None,
        api_port=seen.address.api_port if seen.address else None,
        stream_port=seen.address.stream_port if seen.address else None,
        container=_container(seen) if member.container else None,
        aside=_aside(member.aside),
        session=session_report(
            seen.login.facts, refreshed_at=seen.login.refreshed_at, is_saved=seen.login.is_saved
        )
        if seen.login
        else None,
        pending=operation.kind.value if operation else Kind.KEEP.value,
        causes=causes,
        changes=causes if replaced and member.container else (),
    )


def _condition(seen: Seen) -> Condition:
    container, status = seen.member.container, seen.reading.status
    is_up = status is not None and status.state in _UP
    if not seen.is_enabled and not is_up:
        return Condition.DISABLED
    if container is None or seen.reading.fault == IS_GONE:
        return Condition.MISSING if seen.refusal is None else Condition.UNUSABLE
    if status is None:
        return Condition.UNKNOWN
    if seen.reading.runs:
        return _of_running(seen)
    if _is(seen.member, Kind.QUARANTINED):
        return Condition.QUARANTINED
    return _BY_STATE.get(status.state, Condition.STOPPED)


def _of_running(seen: Seen) -> Condition:
    if not seen.is_in_reach:
        return Condition.NOT_ASKED
    return Condition.READY if seen.reading.is_ready else Condition.NOT_READY


def _is(member: Member, kind: Kind) -> bool:
    return member.operation is not None and member.operation.kind is kind


def _reason(seen: Seen, condition: Condition) -> str | None:
    if seen.refusal is not None:
        return seen.refusal
    if condition is Condition.UNKNOWN:
        return seen.reading.fault or "the engine reports a state that is not known"
    operation = seen.member.operation
    if condition is Condition.QUARANTINED and operation:
        return ", ".join(operation.causes)
    return None


def _container(seen: Seen) -> ContainerReport | None:
    container, status = seen.member.container, seen.reading.status
    if container is None or seen.reading.fault == IS_GONE:
        return None
    state = status.state if status else container.state
    is_up = state in _UP
    started_at = status.started_at if status else None
    image, image_id = _image_of(container, seen.reading)
    return ContainerReport(
        id=container.container_id,
        state=state.value,
        exit_code=status.exit_code if status and not is_up else None,
        oom_killed=bool(status and status.oom_killed),
        error=status.error if status else "",
        started_at=moment(started_at),
        finished_at=moment(status.finished_at) if status and not is_up else None,
        uptime_s=max(0, int(seen.now - started_at)) if is_up and started_at else None,
        restarts=status.restart_count if status else 0,
        memory_bytes=seen.reading.memory_bytes,
        memory_limit_bytes=status.memory_limit_bytes if status else None,
        image=image,
        image_id=image_id,
        image_is_outdated=_is_outdated(image_id, seen.images.get(image)),
    )


def _image_of(container: ObservedContainer, reading: Reading) -> tuple[str, str]:
    """The image that a container was made from: its name, and its ID at that time."""
    name = (reading.status.image_name if reading.status else "") or container.image_name
    labels = container.ours
    return name, (labels.image_id if labels else "") or container.image_id


def _is_outdated(image_id: str, present: Image | None) -> bool | None:
    return None if present is None else present.image_id != image_id


def _aside(container: ObservedContainer | None) -> AsideReport | None:
    if container is None:
        return None
    return AsideReport(name=container.name, id=container.container_id, state=container.state.value)
