"""The saved profiles: which there are, how long each lasts, what runs on it. Reads only."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from multi_instance_manager.errors import EngineError
from multi_instance_manager.naming import container_name_of
from multi_instance_manager.operations.saved_profiles import SavedProfile, saved_profiles
from multi_instance_manager.profiles import printable
from multi_instance_manager.reports.profile_list import (
    InstanceOfProfile,
    ProfileEntry,
    ProfileListReport,
)
from multi_instance_manager.reports.session import session_report
from multi_instance_manager.selection import select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.observed import ObservedContainer
    from multi_instance_manager.operations.connection import Connection
    from multi_instance_manager.settings import Settings


def list_profiles(connection: Connection, patterns: Sequence[str]) -> ProfileListReport:
    """The profiles that names and globs mean. An engine that does not answer keeps nothing back."""
    settings = connection.settings
    found = saved_profiles(settings, now=time.time())
    meant = set(select(patterns, [one.name for one in found]))
    instances, unknown = _instances(connection)
    return ProfileListReport(
        taken_at=datetime.now(tz=UTC),
        folder=str(settings.profile_dir),
        profiles=tuple(_entry(one, settings, instances) for one in found if one.name in meant),
        instances_unknown=unknown,
    )


def _instances(connection: Connection) -> tuple[Mapping[str, InstanceOfProfile], str | None]:
    """The containers of this pool by profile name, or why they are not known."""
    settings = connection.settings
    try:
        containers = connection.engine().list_containers()
    except EngineError as problem:
        return {}, str(problem)
    whose = (settings.container_prefix, str(settings.project_root))
    shown: dict[str, InstanceOfProfile] = {}
    # The last of a profile is shown: a predecessor that is set aside has the same labels.
    for container in sorted(containers, key=_precedence):
        labels = container.ours
        if labels and (labels.identity.fleet, labels.identity.root) == whose:
            shown[labels.identity.profile_name] = InstanceOfProfile(
                container_name=container.name, state=container.state.value
            )
    return shown, None


def _precedence(container: ObservedContainer) -> tuple[bool, bool]:
    """Puts what is up behind what is not, and an instance's own name behind any other."""
    labels = container.ours
    own_name = labels and container_name_of(labels.identity.fleet, labels.identity.profile_name)
    return container.is_up, container.name == own_name


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
        session=session_report(
            login.facts, refreshed_at=login.refreshed_at, is_saved=login.is_saved
        )
        if login.facts
        else None,
        same_login_as=one.twins,
        instance=instances.get(one.name),
    )


def _size_of(one: SavedProfile) -> int | None:
    try:
        return one.path.stat().st_size
    except OSError:
        return None
