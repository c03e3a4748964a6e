"""Resolves paths as the kernel does: follows links, bind mounts and `/proc/1/root`.

One place has many names. Two names are compared by their file system and their path on it, which
`mountinfo` lists for every mount.
"""

from __future__ import annotations

import os
import posixpath
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_OWN = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")
_DEVICE, _ROOT, _POINT = 2, 3, 4
# Paths that cannot be followed further lead to a process's files, which may be any file.
_OF_A_PROCESS = re.compile(r"/proc/[^/]+/(?:task/[^/]+/)?(?:root|cwd|exe|fd|map_files)(?:/|$)")


class Mounted(msgspec.Struct, frozen=True):
    """One mount: the file system, its mounted folder, and the mount point."""

    device: str
    root: str
    point: str


class ResolvedPath(msgspec.Struct, frozen=True):
    """A path on a file system; without one, a path of this machine."""

    device: str
    path: str

    def overlaps(self, other: ResolvedPath) -> bool:
        """Whether one of the two is, or is inside, the other."""
        return self.device == other.device and _overlap(self.path, other.path)


def mounts_of(file: Path = _OWN) -> tuple[Mounted, ...]:
    """Return the mounts that a process sees; none if the kernel does not tell."""
    with suppress(OSError):
        return tuple(_mounts_in(file.read_text(errors="surrogateescape")))
    return ()


def place_of(path: str, mounts: Sequence[Mounted]) -> ResolvedPath:
    """Return the real place of a path; of a missing one, the place it would have."""
    real = _real(path)
    holding = [mount for mount in mounts if _is_below(real, mount.point)]
    if not holding:
        return ResolvedPath("", real)
    longest = max(len(mount.point) for mount in holding)
    mount = next(m for m in reversed(holding) if len(m.point) == longest)  # the topmost of several
    return ResolvedPath(mount.device, _joined(mount.root, real[len(mount.point.rstrip("/")) :]))


def shown_by(source: str, private: Iterable[str]) -> tuple[str, ...]:
    """Return which of these folders a mount of ``source`` would show to a container."""
    real = _real(source)
    if _OF_A_PROCESS.match(real):
        return tuple(private)
    mounts = mounts_of()
    place = place_of(source, mounts)
    return tuple(
        folder
        for folder in private
        if _overlap(real, _real(folder)) or place.overlaps(place_of(folder, mounts))
    )


def shown_in(
    container: Iterable[Mounted], private: Iterable[str], *, own: frozenset[str]
) -> tuple[tuple[str, str], ...]:
    """Return where a container's mounts show these folders; mounts in ``own`` are intended."""
    mounts = mounts_of()
    places = {folder: place_of(folder, mounts) for folder in private}
    return tuple(
        (mount.point, folder)
        for mount in container
        if mount.point not in own
        for folder, place in places.items()
        if ResolvedPath(mount.device, mount.root).overlaps(place)
    )


def _real(path: str) -> str:
    """Follow the path's links; return it as written if one is closed to this user."""
    try:
        return os.path.realpath(path)
    except OSError:
        return posixpath.normpath(re.sub("^/+", "/", path))


def _mounts_in(text: str) -> Iterator[Mounted]:
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) > _POINT:
            yield Mounted(fields[_DEVICE], _plain(fields[_ROOT]), _plain(fields[_POINT]))


def _plain(field: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), field)


def _joined(root: str, below: str) -> str:
    return f"{root.rstrip('/')}{below}" or "/"


def _is_below(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")


def _overlap(one: str, other: str) -> bool:
    return _is_below(one, other) or _is_below(other, one)
