"""A pool of saved logins, as it was read. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.findings import Finding

if TYPE_CHECKING:
    from pathlib import Path


class Profile(msgspec.Struct, frozen=True):
    """One saved login: its name (the file's, without the suffix), its file, its digest.

    ``marks`` are what it shares with another profile that holds the same login.
    ``path`` is the file itself, where the pool has a link to it.
    """

    name: str
    path: Path
    digest: str
    marks: frozenset[bytes] = frozenset()


class Pool(msgspec.Struct, frozen=True):
    """The profiles that can be launched, by name in order, and what was found on the way.

    ``refused`` are the names of those that are there but cannot be launched as they are. ``salt``
    is that of the marks.
    """

    profiles: tuple[Profile, ...] = ()
    refused: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    salt: bytes = b""

    @property
    def lessees(self) -> frozenset[str]:
        """The profiles whose leases of ports stay: all that the pool has, refused ones too."""
        return frozenset((*(profile.name for profile in self.profiles), *self.refused))
