"""Reads the vital signs of members, for every command that says how an instance is. Reads only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from multi_instance_manager.commands.look.instance_status import Seen
from multi_instance_manager.commands.look.readings import InstanceReading, Subject, read_all
from multi_instance_manager.commands.survey.addresses import address_of
from multi_instance_manager.commands.survey.expectations import key_of
from multi_instance_manager.commands.survey.known_secrets import lazy_redaction
from multi_instance_manager.errors import EngineError
from multi_instance_manager.fan_out import begin
from multi_instance_manager.sessions.login import Login
from multi_instance_manager.sessions.login_files import new_salt, read_login

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from multi_instance_manager.commands.survey.addresses import Address
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.engine.protocol.engine import Image, Reader


def seen_members(seen: Survey, reader: Reader, members: Sequence[Member]) -> list[Seen]:
    """All that is to be read of members, in their order. The engine is asked, and so are they."""
    addresses = [address_of(member, seen.settings.host_ip) for member in members]
    is_near = not seen.engine.is_elsewhere
    readings = _readings(seen, reader, list(zip(members, addresses, strict=True)))
    images = _present_images(reader, seen, readings.values())
    refusals = dict(_refusals(seen))
    salt = new_salt()
    redact = lazy_redaction(seen, seen.facts.host)
    return [
        Seen(
            member=member,
            reading=readings[member.container.container_id]
            if member.container
            else InstanceReading(),
            address=address,
            login=login_of(seen, member, salt) if member.profile else None,
            refusal=refusals.get(member.profile_name) if member.profile is None else None,
            is_in_reach=is_near,
            is_enabled=member.profile_name not in seen.settings.disabled,
            images=images,
            now=time.time(),
            quarantine=_quarantine_of(seen, member),
            application=seen.settings.application,
            redact=redact,
        )
        for member, address in zip(members, addresses, strict=True)
    ]


def _quarantine_of(seen: Survey, member: Member) -> str:
    container = member.container
    return seen.quarantined.get(container.container_id, "") if container else ""


def _readings(
    seen: Survey, reader: Reader, members: Sequence[tuple[Member, Address | None]]
) -> Mapping[str, InstanceReading]:
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
    application, statuses = seen.settings.application, seen.sides.statuses
    return read_all(reader, subjects, application, is_near=is_near, statuses=statuses)


def _present_images(
    reader: Reader, seen: Survey, readings: Iterable[InstanceReading]
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
    facts = {one.profile_name: f"{one.fact}; {one.next_step}" for one in found}
    for name in seen.pool.refused:
        yield name, facts.get(name, "cannot be used")


def login_of(seen: Survey, member: Member, salt: bytes | None = None) -> Login:
    """The newest version of a member's login; an unknown one where its profile is gone."""
    if member.profile is None:
        return Login()
    copy = seen.layout.copy(member.container_name, member.profile_name)
    known = seen.settings.application.login
    return read_login(member.profile.path, copy, known, salt=salt or new_salt())
