"""How every instance is doing now. Reads only."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import EngineError, ExitCode, Refused
from multi_instance_manager.fan_out import begin
from multi_instance_manager.findings import errors_of
from multi_instance_manager.login import Login, new_salt, read_login
from multi_instance_manager.operations.addresses import address_of
from multi_instance_manager.operations.expectations import key_of
from multi_instance_manager.operations.known_secrets import lazy_redaction
from multi_instance_manager.operations.member_status import Seen, member_status
from multi_instance_manager.operations.members import chosen, members_of
from multi_instance_manager.operations.reach import place_findings
from multi_instance_manager.operations.readings import Reading, Subject, read_all
from multi_instance_manager.operations.status_order import in_order
from multi_instance_manager.operations.survey import survey
from multi_instance_manager.profiles import printable
from multi_instance_manager.reports.finding import found_problems
from multi_instance_manager.reports.status import StatusReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from multi_instance_manager.engine.protocol import Image, Reader
    from multi_instance_manager.operations.addresses import Address
    from multi_instance_manager.operations.connection import Connection
    from multi_instance_manager.operations.members import Member
    from multi_instance_manager.operations.survey import Survey
    from multi_instance_manager.reports.status import MemberStatus

_ENGINE = "engine"


class Look(msgspec.Struct, frozen=True):
    """What to look at: names and globs of profiles (none: all), which of them, in what order."""

    patterns: tuple[str, ...] = ()
    unwell_alone: bool = False
    sort_by: str = "profile"


def status(connection: Connection, look: Look) -> StatusReport:
    """Look once. Raises `Refused` where the engine does not answer, or where there is no pool."""
    settings = connection.settings
    seen = survey(settings, connection.engine, connection.environment)
    reader = seen.engine.reader
    if reader is None:
        raise Refused([one for one in seen.findings if one.code == _ENGINE])
    members = members_of(seen)
    if not members and errors_of(seen.findings):
        raise Refused(errors_of(seen.findings))
    every = _statuses(seen, reader, chosen(members, look.patterns))
    unwell = [one for one in every if not one.is_well]
    return StatusReport(
        exit_code=int(ExitCode.INSTANCE_FAILED if unwell else ExitCode.OK),
        taken_at=datetime.now(tz=UTC),
        project_root=str(settings.project_root),
        fleet=settings.container_prefix,
        instances=in_order(unwell if look.unwell_alone else every, look.sort_by),
        unwell=len(unwell),
        findings=found_problems((*place_findings(seen), *seen.findings)),
    )


def _statuses(seen: Survey, reader: Reader, members: Sequence[Member]) -> list[MemberStatus]:
    addresses = [address_of(member, seen.settings.host_ip) for member in members]
    is_near = not seen.engine.is_elsewhere
    readings = readings_of(seen, reader, list(zip(members, addresses, strict=True)))
    images = _present_images(reader, seen, readings.values())
    refusals = dict(_refusals(seen))
    salt = new_salt()
    redact = lazy_redaction(seen)
    return [
        member_status(
            Seen(
                member=member,
                reading=readings[member.container.container_id] if member.container else Reading(),
                address=address,
                login=_login(seen, member, salt),
                refusal=refusals.get(member.profile_name) if member.profile is None else None,
                is_in_reach=is_near,
                is_enabled=member.profile_name not in seen.settings.disabled,
                images=images,
                now=time.time(),
                application=seen.settings.application,
                redact=redact,
            )
        )
        for member, address in zip(members, addresses, strict=True)
    ]


def readings_of(
    seen: Survey, reader: Reader, members: Sequence[tuple[Member, Address | None]]
) -> Mapping[str, Reading]:
    """The readings of members with their addresses; those of another machine are not asked."""
    is_near = not seen.engine.is_elsewhere
    subjects = [
        Subject(
            member.container,
            address if is_near else None,
            key_of(seen, member.container_name, member.container) if is_near else None,
        )
        for member, address in members
        if member.container
    ]
    return read_all(reader, subjects, seen.settings.application, is_near=is_near)


def _present_images(
    reader: Reader, seen: Survey, readings: Iterable[Reading]
) -> Mapping[str, Image | None]:
    """What each image name means now; those that are wanted have been looked for already."""
    wanted = seen.engine.images.values()
    known = {image.name: image if image.image_id else None for image in wanted}
    names = {reading.status.image_name for reading in readings if reading.status}
    asked = sorted(name for name in names - known.keys() if name)
    found = begin(lambda name: _find(reader, name), asked, at_once=len(asked) or 1)()
    return known | dict(zip(asked, found, strict=True))


def _find(reader: Reader, name: str) -> Image | None:
    try:
        return reader.find_image(name)
    except EngineError:
        return None


def _refusals(seen: Survey) -> Iterator[tuple[str, str]]:
    """Why profiles cannot be used, by name."""
    found = [one for one in seen.pool.findings if one.code == "profile"]
    facts = {one.subject: f"{one.fact}; {one.next_step}" for one in found}
    for name in seen.pool.refused:
        yield name, facts.get(f"profile {printable(name)}", "cannot be used")


def _login(seen: Survey, member: Member, salt: bytes) -> Login | None:
    if member.profile is None:
        return None
    copy = seen.layout.copy(member.container_name, member.profile_name)
    return read_login(member.profile.path, copy, salt=salt)
