"""Remembers the pools that instances could write to: a link that lies there may be one of theirs.

With auth rotation they write to the pool. A link that was planted then stays when rotation is off
again, so that this is never forgotten.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.errors import StateError
from multi_instance_manager.sessions.pool import SUFFIX
from multi_instance_manager.sessions.pool_links import real_file
from multi_instance_manager.state import records
from multi_instance_manager.state.layout import StateLayout

if TYPE_CHECKING:
    from multi_instance_manager.settings.model import Settings


def may_be_planted(settings: Settings) -> bool:
    """Whether a link in the pool may be an instance's; where that cannot be told, it may."""
    layout = StateLayout(settings.state_dir, settings.container_prefix)
    return settings.rotation or was_open(layout, settings.profile_dir)


def was_open(layout: StateLayout, pool_dir: Path) -> bool:
    """Whether instances could write to a pool at any time; where that cannot be told, they could.

    Any fleet of the state folder counts.
    """
    try:
        return os.path.realpath(pool_dir) in records.read_open_pools(layout)
    except StateError:
        return True


def remember_open_pool(settings: Settings, layout: StateLayout, now: float) -> None:
    """To be called before instances that write to the pool are launched."""
    if not settings.rotation:
        return
    pool = os.path.realpath(settings.profile_dir)
    known = records.read_open_pools(layout)
    if pool not in known:
        records.write_open_pools(layout, {**known, pool: now})


def real_pool_file(layout: StateLayout, path: Path) -> Path:
    """The file that a path in a pool leads to, a link that may be planted excepted."""
    return real_file(path, may_be_planted=path.is_symlink() and was_open(layout, path.parent))


def file_in_pool(settings: Settings, profile_name: str) -> Path:
    """The file of a profile, which a link of its owner's may lead to; raises OSError for another.

    A file that does not exist yet is where it would be.
    """
    path = settings.profile_dir / f"{profile_name}{SUFFIX}"
    if not os.path.lexists(path):
        return path
    return real_file(path, may_be_planted=path.is_symlink() and may_be_planted(settings))
