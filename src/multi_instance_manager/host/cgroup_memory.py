"""The memory that a container of this host uses, and its kills for want of it, as its kernel tells.

The engine is no quick witness: older ones answer with their next sample, a second later. What is
not to be had here (another host, another kernel's layout) is None, and the engine is asked then.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


class KernelFiles(msgspec.Struct, frozen=True):
    """Where the kernel shows processes and control groups."""

    processes: Path = Path("/proc")
    groups: Path = Path("/sys/fs/cgroup")


class _Group(msgspec.Struct, frozen=True):
    """A control group's folder, and the names that its version has for what is looked at.

    ``cache`` is the member of ``memory.stat`` that counts the page cache; ``events`` the file that
    counts processes killed for want of memory.
    """

    folder: Path
    usage: str
    cache: str
    events: str


def memory_of(pid: int, container_id: str, files: KernelFiles | None = None) -> int | None:
    """Bytes in use without the page cache, by the container's first process on this host.

    The group must bear the container's ID: on another host that number is somebody else's.
    """
    try:
        group = _group_of(pid, container_id, files or KernelFiles())
        if group is None:
            return None
        used = int((group.folder / group.usage).read_text())
        return max(0, used - _member(group.folder / "memory.stat", group.cache))
    except (OSError, ValueError):
        return None


def oom_kills_of(pid: int, container_id: str, files: KernelFiles | None = None) -> int | None:
    """How many of its processes the kernel has killed for want of memory since it was started.

    The engine's own word says this only of the container's first process.
    """
    try:
        group = _group_of(pid, container_id, files or KernelFiles())
        return _member(group.folder / group.events, "oom_kill") if group else None
    except (OSError, ValueError):
        return None


def _group_of(pid: int, container_id: str, files: KernelFiles) -> _Group | None:
    lines = (files.processes / str(pid) / "cgroup").read_text().splitlines()
    return next(
        (
            group
            for group in _places(lines, files.groups)
            if container_id in group.folder.as_posix() and (group.folder / group.usage).exists()
        ),
        None,
    )


def _places(lines: list[str], groups: Path) -> Iterator[_Group]:
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            yield _Group(
                groups / "memory" / path.lstrip("/"),
                usage="memory.usage_in_bytes",
                cache="total_inactive_file",
                events="memory.oom_control",
            )
        elif not controllers:
            yield _Group(
                groups / path.lstrip("/"),
                usage="memory.current",
                cache="inactive_file",
                events="memory.events",
            )


def _member(path: Path, name: str) -> int:
    """One number of a file of names and numbers; 0 where it does not have it."""
    for line in path.read_text().splitlines():
        key, _, number = line.partition(" ")
        if key == name:
            return int(number)
    return 0
