"""Where a version of a session came from: its owner, its instance, or an earlier version. Pure."""

from __future__ import annotations

from enum import StrEnum


class VersionSource(StrEnum):
    """Where a version came from. UNKNOWN: it was kept before this was noted."""

    OWNER = "owner"
    INSTANCE = "instance"
    RESTORE = "restore"
    UNKNOWN = "unknown"


KNOWN_SOURCES = tuple(one.value for one in VersionSource if one is not VersionSource.UNKNOWN)
