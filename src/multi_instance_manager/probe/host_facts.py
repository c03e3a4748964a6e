"""The facts of this host for the checks, as data. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.plan import mounts
from multi_instance_manager.probe.mounted_files import MountedFile

if TYPE_CHECKING:
    from collections.abc import Mapping


class HostFacts(msgspec.Struct, frozen=True):
    """The host, for the checks.

    ``visible_profiles`` are JSON files of the shared tree outside the masked folders. ``*_fault``
    is why a path cannot be used, in words, or None. Sizes in bytes; None: unknown.
    """

    host: mounts.Host
    root_fault: str | None = None
    tree_fault: str | None = None
    tree_is_closed: bool = False
    linked_mount_points: tuple[str, ...] = ()
    visible_profiles: tuple[str, ...] = ()
    env_file_fault: str | None = None
    state_fault: str | None = None
    state_is_shared: bool = False
    free_disk_bytes: int | None = None
    has_no_room_for_files: bool = False
    pool_is_writable: bool = True
    available_memory_bytes: int | None = None
    mounted: Mapping[str, MountedFile] = msgspec.field(default_factory=dict)
