"""Finds the session files of a state folder: at fixed places, few of each, through no link.

The folder that an instance runs on is open to its container, which may fill it with any number of
files, and with folders deeper than any path can be.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.sessions.pool import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.state.layout import StateLayout

_SESSIONS = ("active", "aside", "history")
_MOST_NAMES = 10_000
_MOST_FILES = 20


def session_files(layout: StateLayout) -> Iterator[str]:
    """Paths of what may hold a session, of all instances; an instance's own copy is among them."""
    for folder in _SESSIONS:
        for container_name in _names(f"{layout.top}/{folder}", folders=True):
            inner = f"{layout.top}/{folder}/{container_name}"
            names = [name for name in _names(inner) if name.endswith(SUFFIX)]
            own = [name for name in names if is_own(layout, container_name, name)]
            others = [name for name in names if name not in own]
            yield from (f"{inner}/{name}" for name in [*own, *others][:_MOST_FILES])


def own_profile_name(layout: StateLayout, container_name: str) -> str | None:
    """The name of the profile whose copy lies in an instance's folder, by the container's name.

    A container may put any file there, so that a name proves nothing that does not lead to its own.
    """
    names = _names(str(layout.active_dir(container_name)))
    own = sorted(name for name in names if is_own(layout, container_name, name))
    return own[0].removesuffix(SUFFIX) if own else None


def is_own(layout: StateLayout, container_name: str, file_name: str) -> bool:
    """Whether a file bears the name of the profile that a container of the fleet is named after."""
    stem = file_name.removesuffix(SUFFIX)
    return stem != file_name and container_name_of(layout.fleet, stem) == container_name


def _names(folder: str, *, folders: bool = False) -> list[str]:
    """The names of the files in a folder, or of the folders; none where it is closed to us."""
    with suppress(OSError), os.scandir(folder) as listed:
        found = (e.name for e in listed if e.is_dir(follow_symlinks=False) is folders)
        return sorted(islice(found, _MOST_NAMES))
    return []
