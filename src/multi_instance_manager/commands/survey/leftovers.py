"""Private files in the state folder that no container of this fleet uses any more. Reads only.

Several fleets may share one state folder, and the name of one may be the beginning of another's: a
folder belongs to the fleet with the longest name that it begins with.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from multi_instance_manager.commands.survey.members import Member, with_second_writers
from multi_instance_manager.fleet.container_names import ASIDE_SUFFIX
from multi_instance_manager.sessions.kept_sessions import own_profile_name
from multi_instance_manager.sessions.pool import SUFFIX

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.state.layout import StateLayout


def private_paths(layout: StateLayout, container_name: str) -> tuple[Path, ...]:
    """What lies in the state folder for an instance and goes with it: all but its history."""
    candidates = (
        layout.active_dir(container_name),
        layout.private_dir(container_name),
        layout.aside_dir(container_name),
        layout.custody_record(container_name),
        layout.legacy_copy(container_name),
    )
    return tuple(path for path in candidates if os.path.lexists(path))


def names_with_files(layout: StateLayout) -> tuple[str, ...]:
    """The container names of this fleet that private files lie there for."""
    fleets = _fleets(layout)
    folders = [e for folder in ("active", "private", "aside") for e in _entries(layout, folder)]
    names = {e.name for e in folders if e.is_dir(follow_symlinks=False)}
    files = [e for e in _entries(layout, "active") if e.is_file(follow_symlinks=False)]
    records = [e.name for e in (*_entries(layout, "custody"), *files)]
    names |= {name.removesuffix(SUFFIX) for name in records if name.endswith(SUFFIX)}
    return tuple(sorted(name for name in names if _fleet_of(name, fleets) == layout.fleet))


def _entries(layout: StateLayout, folder: str) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(layout.top / folder))
    except OSError:
        return []


def _fleets(layout: StateLayout) -> set[str]:
    """Every fleet that has ever been at work in this state folder."""
    try:
        names = os.listdir(layout.lock.parent)  # noqa: PTH208  # names alone are enough
    except OSError:
        names = []
    return {layout.fleet, *(name.removesuffix(".lock") for name in names if name.endswith(".lock"))}


def _fleet_of(container_name: str, fleets: set[str]) -> str | None:
    owners = [fleet for fleet in fleets if container_name.startswith(f"{fleet}-")]
    return max(owners, key=len, default=None)


def leftovers(seen: Survey, members: tuple[Member, ...]) -> tuple[Member, ...]:
    """A member for every instance that has nothing but files, by the name of its own copy."""
    known = {member.container_name for member in members}
    taken = {container.name.removesuffix(ASIDE_SUFFIX) for container in seen.fleet.foreign}
    names = [n for n in names_with_files(seen.layout) if n not in known | taken]
    found = [Member(_profile_name(seen.layout, name), name) for name in names]
    return with_second_writers(seen, found)


def _profile_name(layout: StateLayout, container_name: str) -> str:
    """The name of its own copy; where there is none, nothing is better than the container's."""
    own = own_profile_name(layout, container_name)
    return own or container_name.removeprefix(f"{layout.fleet}-")
