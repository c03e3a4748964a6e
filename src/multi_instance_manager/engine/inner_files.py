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
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.engine.calls import LARGEST_ANSWER

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROCESSES = Path("/proc")
_SEARCH = getattr(os, "O_PATH", os.O_RDONLY)  # of Linux alone, as the processes' folder is
_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def files_of_process(
    pid: int, container_id: str, path: str, processes: Path = _PROCESSES
) -> dict[str, bytes] | None:
    """The regular files directly under an absolute path, by name; None where it cannot be seen.

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
        return _files(root, parts)
    return None


def _files(folder: int, parts: list[str]) -> dict[str, bytes]:
    if parts:
        with _opened(parts[0], folder) as inner:
            return _files(inner, parts[1:])
    readable = os.open(".", os.O_RDONLY | _FOLDER, dir_fd=folder)
    try:
        return _files_in(readable)
    finally:
        os.close(readable)


def _files_in(folder: int) -> dict[str, bytes]:
    """Raises ValueError where they are more together than an engine may answer with."""
    found: dict[str, bytes] = {}
    room = LARGEST_ANSWER
    for name in os.listdir(folder):
        content = _content(folder, name, room)
        if content is not None:
            found[name] = content
            room -= len(content)
    return found


@contextmanager
def _opened(path: Path | str, folder: int | None) -> Iterator[int]:
    """A folder to go on from. Only the way into the process itself may be a link: the kernel's."""
    follow = ~os.O_NOFOLLOW if folder is None else ~0
    descriptor = os.open(path, (_SEARCH | _FOLDER) & follow, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _content(folder: int, name: str, at_most: int) -> bytes | None:
    """The content of a regular file; None for anything else, and for one that went meanwhile.

    Raises ValueError for a file of more bytes.
    """
    try:
        if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            return None
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        if status.st_size > at_most:
            raise ValueError("is too large")
        return file.read(status.st_size)
