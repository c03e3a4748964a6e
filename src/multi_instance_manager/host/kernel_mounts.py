"""The kernel's mounts: a folder that was moved, removed or replaced keeps its mounts.

An engine names a mount by the requested path. The kernel names the folder itself: its file system,
and its current path on that. If that cannot be read, nothing is known.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPED = re.compile(r"\\([0-7]{3})")
_DELETED = "//deleted"
_FIELDS = 5


class Folder(msgspec.Struct, frozen=True):
    """A folder by its file system (major:minor) and its path on that."""

    device: str
    path: str

    @property
    def is_deleted(self) -> bool:
        """Whether no path leads to it any more."""
        return self.path.endswith(_DELETED)

    def holds(self, other: Folder) -> bool:
        """Whether the other is this folder, or is inside it."""
        is_below = other.path == self.path or other.path.startswith(f"{self.path.rstrip('/')}/")
        return self.device == other.device and is_below


class KernelMount(msgspec.Struct, frozen=True):
    """A mounted folder, and where its process sees it."""

    folder: Folder
    target: str


def mounts_of(pid: int | str = "self") -> tuple[KernelMount, ...]:
    """Return the mounts that a process sees, later ones last; none if unreadable."""
    try:
        text = Path(f"/proc/{pid}/mountinfo").read_text(errors="surrogateescape")
    except OSError:
        return ()
    rows = (line.split(" ") for line in text.splitlines())
    return tuple(
        KernelMount(Folder(row[2], _plain(row[3])), _plain(row[4]))
        for row in rows
        if len(row) > _FIELDS
    )


def mounted_at(pid: int, target: str) -> Folder | None:
    """Return the folder mounted at a place of a process; None without such a mount."""
    found = [mount.folder for mount in mounts_of(pid) if mount.target == target]
    return found[-1] if found else None


def folder_at(path: str | Path) -> Folder | None:
    """Return the folder at a path of this process, by the mount that contains it."""
    real = os.path.realpath(path)
    if not os.path.isdir(real):  # noqa: PTH112  # joined text stays text
        return None
    outer = [m for m in mounts_of() if Folder("", m.target).holds(Folder("", real))]
    if not outer:
        return None
    mount = max(enumerate(outer), key=lambda each: (len(each[1].target), each[0]))[1]
    below = real[len(mount.target.rstrip("/")) :]
    return Folder(mount.folder.device, (mount.folder.path.rstrip("/") + below) or "/")


def path_of(folder: Folder) -> Path | None:
    """Return a path of this process to a folder; None if it is deleted or out of reach."""
    for mount in reversed(mounts_of()):
        if mount.folder.holds(folder) and not folder.is_deleted:
            below = folder.path[len(mount.folder.path.rstrip("/")) :].lstrip("/")
            path = Path(mount.target) / below
            if folder_at(path) == folder:
                return path
    return None


def processes_with(folder: Folder) -> Iterator[int]:
    """Return processes that have the folder, or something in it, mounted; one per namespace."""
    seen: set[str] = set()
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):  # noqa: PTH208
        namespace = _namespace(pid)
        if namespace in seen:
            continue
        seen.add(namespace)
        if any(folder.holds(mount.folder) for mount in mounts_of(pid)):
            yield pid


def _namespace(pid: int) -> str:
    """Return its mount namespace; if that is closed to this user, the process itself."""
    try:
        return os.readlink(f"/proc/{pid}/ns/mnt")  # noqa: PTH115  # no path of a file
    except OSError:
        return str(pid)


def _plain(text: str) -> str:
    """Decode a path: the kernel writes blanks and backslashes as octal numbers."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), text)
