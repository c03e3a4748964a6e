"""From what was read of one member to its place in the report of the state. Decides the words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.commands.look.readings import InstanceReading
from multi_instance_manager.plan.causes import cause_text
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.reports.diagnosis import advice_for, seen_signs
from multi_instance_manager.reports.moments import moment
from multi_instance_manager.reports.session import session_report
from multi_instance_manager.reports.status import AsideReport, ContainerReport, MemberStatus
from multi_instance_manager.text.printable import printable
from multi_instance_manager.vitals.diagnosis import diagnose, is_well
from multi_instance_manager.vitals.signs import Intent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.commands.survey.addresses import Address
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.engine.protocol.engine import Image
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.sessions.login import Login
    from multi_instance_manager.vitals.diagnosis import Diagnosis
    from multi_instance_manager.vitals.signs import Signs


class Seen(msgspec.Struct, frozen=True):
    """All that was read of one member.

    ``refusal`` is why its profile cannot be used, or None; ``quarantine`` why the manager has
    stopped it, or empty. ``is_in_reach``: its API could be asked from here. ``images`` are the
    engine's present images by name; ``now`` in seconds since the epoch. ``redact`` takes the
    secrets out of what a container wrote.
    """

    member: Member
    reading: InstanceReading
    address: Address | None
    login: Login | None
    refusal: str | None
    is_in_reach: bool
    is_enabled: bool
    images: Mapping[str, Image | None]
    now: float
    quarantine: str
    application: Application
    redact: Callable[[str], str]


def member_status(seen: Seen) -> MemberStatus:
    """The member as the report tells it."""
    member, reading, operation = seen.member, seen.reading, seen.member.operation
    diagnosis = diagnosis_of(seen)
    condition = diagnosis.verdict
    causes = tuple(map(cause_text, operation.causes)) if operation else ()
    replaced = operation is not None and operation.kind is OperationKind.REPLACE
    return MemberStatus(
        profile=printable(member.profile_name),
        container_name=member.container_name,
        is_orphan=member.is_orphan,
        is_enabled=seen.is_enabled,
        condition=condition,
        is_well=member.is_orphan or is_well(condition),
        evidence=seen_signs(diagnosis, seen.redact),
        advice=advice_for(diagnosis, member.profile_name),
        health=reading.http.health.said if reading.http.health else None,
        reason=_reason(seen, condition),
        api_url=seen.address.api_url if seen.address else None,
        api_port=seen.address.api_port if seen.address else None,
        stream_port=seen.address.stream_port if seen.address else None,
        container=_container(seen) if member.container else None,
        aside=_aside(member.aside),
        session=session_report(seen.login, seen.now) if seen.login else None,
        pending=operation.kind.value if operation else OperationKind.KEEP.value,
        causes=causes,
        changes=causes if replaced and member.container else (),
    )


def diagnosis_of(seen: Seen) -> Diagnosis:
    """The verdict on the member, from all that was read of it."""
    return diagnose(_signs(seen), seen.application)


def _signs(seen: Seen) -> Signs:
    read = seen.reading.signs(seen.now)
    return replace(
        read,
        is_missing=read.is_missing or seen.member.container is None,
        is_in_reach=seen.is_in_reach,
        login=seen.login.sign(seen.now) if seen.login else read.login,
        intent=Intent(
            is_disabled=not seen.is_enabled,
            quarantine=seen.quarantine,
            refusal=seen.refusal or "",
        ),
    )


def _reason(seen: Seen, condition: Verdict) -> str | None:
    if seen.refusal is not None:
        return seen.refusal
    if condition is Verdict.UNKNOWN:
        return seen.reading.fault or "the engine reports a state that is not known"
    return seen.quarantine if condition is Verdict.QUARANTINED else None


def _container(seen: Seen) -> ContainerReport | None:
    container, status = seen.member.container, seen.reading.status
    if container is None or seen.reading.is_gone:
        return None
    state = status.state if status else container.state
    is_up = state.is_up
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


def _image_of(container: ObservedContainer, reading: InstanceReading) -> tuple[str, str]:
    """The image that a container runs: its name, and its ID as the engine has it."""
    name = (reading.status.image_name if reading.status else "") or container.image_name
    labels = container.ours
    return name, container.image_id or (labels.image_id if labels else "")


def _is_outdated(image_id: str, present: Image | None) -> bool | None:
    return None if present is None else present.image_id != image_id


def _aside(container: ObservedContainer | None) -> AsideReport | None:
    if container is None:
        return None
    return AsideReport(name=container.name, id=container.container_id, state=container.state.value)
