"""Reads a folder as a container's own process sees it, through the kernel.

An engine reads a container's files by mounting them once more and starting a process of its own
for that: fifty milliseconds of a processor, where this takes a fraction of one; and it looks at the
host's paths of today, where this looks at what the container really has. It needs a process of this
machine and the right to look into it. Nothing of the container is trusted: no link is followed on
the way, and nothing but regular files is opened.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.engine.protocol.engine import MOST_ENTRIES, EntryKind, FolderContent
from multi_instance_manager.engine.wire.http_calls import LARGEST_ANSWER
from multi_instance_manager.files.untrusted_files import opened_untrusted

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROCESSES = Path("/proc")
_SEARCH = getattr(os, "O_PATH", os.O_RDONLY)  # of Linux alone, as the processes' folder is
_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def folder_of_process(
    pid: int, container_id: str, path: str, processes: Path = _PROCESSES
) -> FolderContent | None:
    """What lies directly under an absolute path; None where it cannot be seen.

    The process must be in a control group that bears the container's ID: its number may be somebody
    else's by now, or on this machine. A path with ``..`` is refused: for the kernel only our own
    root is where that ends.
    """
    process = processes / str(pid)
    parts = [part for part in path.split("/") if part]
    if ".." in parts:
        return None
    with suppress(OSError, ValueError), _opened(process / "root", None) as root:
        if container_id not in (process / "cgroup").read_text():
            return None
        return _below(root, parts)
    return None


def _below(folder: int, parts: list[str]) -> FolderContent:
    if parts:
        with _opened(parts[0], folder) as inner:
            return _below(inner, parts[1:])
    readable = os.open(".", os.O_RDONLY | _FOLDER, dir_fd=folder)
    try:
        return _entries_of(readable)
    finally:
        os.close(readable)


def _entries_of(folder: int) -> FolderContent:
    """Raises ValueError where they are more together than an engine may answer with."""
    files: dict[str, bytes] = {}
    others: dict[str, EntryKind] = {}
    room = LARGEST_ANSWER
    with os.scandir(folder) as listed:
        names = [entry.name for entry in islice(listed, MOST_ENTRIES + 1)]
    for name in names[:MOST_ENTRIES]:
        found = _entry(folder, name, room)
        if isinstance(found, bytes):
            files[name] = found
            room -= len(found)
        elif found is not None:
            others[name] = found
    return FolderContent(files, others, is_whole=len(names) <= MOST_ENTRIES)


@contextmanager
def _opened(path: Path | str, folder: int | None) -> Iterator[int]:
    """A folder to go on from. Only the way into the process itself may be a link: the kernel's."""
    follow = ~os.O_NOFOLLOW if folder is None else ~0
    descriptor = os.open(path, (_SEARCH | _FOLDER) & follow, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _entry(folder: int, name: str, at_most: int) -> bytes | EntryKind | None:
    """The content of a regular file, the kind of anything else; None for what went meanwhile.

    Raises ValueError for a file of more bytes.
    """
    try:
        kind = _kind(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
        if kind is not None:
            return kind
        with opened_untrusted(name, folder) as descriptor:
            if descriptor is None:  # it has become something else since
                return _kind(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
            return _taken(descriptor, at_most)
    except FileNotFoundError:
        return None


def _taken(descriptor: int, at_most: int) -> bytes:
    """As much as it had when it was looked at: it may grow without end."""
    size = os.fstat(descriptor).st_size
    if size > at_most:
        raise ValueError("is too large")
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        return file.read(size)


def _kind(mode: int) -> EntryKind | None:
    """What it is; None for a regular file."""
    kinds = {
        stat.S_IFREG: None,
        stat.S_IFDIR: EntryKind.FOLDER,
        stat.S_IFLNK: EntryKind.LINK,
        stat.S_IFIFO: EntryKind.PIPE,
        stat.S_IFSOCK: EntryKind.SOCKET,
    }
    return kinds.get(stat.S_IFMT(mode), EntryKind.DEVICE)
