"""The saved profiles: which there are, how long each lasts, what runs on it. Reads only."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.commands.look.instance_status import diagnosis_of
from multi_instance_manager.commands.look.vital_signs import seen_members
from multi_instance_manager.commands.profiles.saved import SavedProfile, saved_profiles
from multi_instance_manager.commands.survey.gather import survey
from multi_instance_manager.commands.survey.members import members_of
from multi_instance_manager.commands.survey.selection import select
from multi_instance_manager.errors import EngineError
from multi_instance_manager.reports.profile_list import (
    InstanceOfProfile,
    ProfileEntry,
    ProfileListReport,
)
from multi_instance_manager.reports.session import session_report
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.commands.look.instance_status import Seen
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.settings.model import Settings

_ENGINE = "engine"


def list_profiles(request: Request) -> ProfileListReport:
    """The profiles that names and globs mean. An engine that does not answer keeps nothing back."""
    settings = request.settings
    found = saved_profiles(settings, now=time.time())
    meant = set(select(request.patterns, [one.name for one in found]))
    instances, unknown = _instances(request)
    return ProfileListReport(
        taken_at=datetime.now(tz=UTC),
        folder=str(settings.profile_dir),
        profiles=tuple(_entry(one, settings, instances) for one in found if one.name in meant),
        instances_unknown=unknown,
    )


def _instances(request: Request) -> tuple[Mapping[str, InstanceOfProfile], str | None]:
    """The containers of this pool by profile name, or why they are not known."""
    seen = survey(request)
    reader = seen.engine.reader
    if reader is None:
        return {}, "; ".join(one.sentence() for one in seen.findings if one.code == _ENGINE)
    members = sorted(filter(None, map(_with_container, members_of(seen))), key=_precedence)
    try:
        looks = seen_members(seen, reader, members)
    except EngineError as problem:
        return {}, str(problem)
    # The last of a profile is listed: what a failed replacement left has the same labels.
    return dict(_instance(look) for look in looks), None


def _with_container(member: Member) -> Member | None:
    """The member with the container that runs, its set-aside predecessor's where only that does."""
    own, aside = member.container, member.aside
    if aside is None or (own is not None and (own.is_up or not aside.is_up)):
        return member if own else None
    return replace(member, container=aside)


def _precedence(member: Member) -> tuple[bool, bool]:
    """Puts what is up behind what is not, and an instance's own place behind any other."""
    container = member.container
    return container is not None and container.is_up, not member.is_orphan


def _instance(look: Seen) -> tuple[str, InstanceOfProfile]:
    member, container = look.member, look.member.container
    if container is None:
        raise TypeError("only a container can be an instance")
    return member.profile_name, InstanceOfProfile(
        container_name=container.name,
        state=container.state.value,
        condition=diagnosis_of(look).verdict,
    )


def _entry(
    one: SavedProfile, settings: Settings, instances: Mapping[str, InstanceOfProfile]
) -> ProfileEntry:
    login = one.login
    return ProfileEntry(
        name=printable(one.name),
        is_valid=one.refusal is None,
        fault=f"{one.refusal.fact}; {one.refusal.next_step}" if one.refusal else None,
        size_bytes=_size_of(one),
        is_enabled=one.name not in settings.disabled,
        session=session_report(login, time.time()) if login.facts else None,
        same_login_as=one.twins,
        instance=instances.get(one.name),
    )


def _size_of(one: SavedProfile) -> int | None:
    try:
        return one.path.stat().st_size
    except OSError:
        return None
