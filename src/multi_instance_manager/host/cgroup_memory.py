"""The memory of a container, and its out-of-memory kills, as the kernel of this host counts them.

The engine is slower: older ones answer with their next sample, a second later. Values that are not
available here (another host, another kernel's layout) are None, and the engine is asked then.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


class KernelFiles(msgspec.Struct, frozen=True):
    """The kernel's folders of processes and control groups."""

    processes: Path = Path("/proc")
    groups: Path = Path("/sys/fs/cgroup")


class _Group(msgspec.Struct, frozen=True):
    """A control group's folder, and its version's names for the values.

    ``cache`` is the member of ``memory.stat`` that counts the page cache; ``events`` the file that
    counts out-of-memory kills.
    """

    folder: Path
    usage: str
    cache: str
    events: str


def memory_of(pid: int, container_id: str, files: KernelFiles | None = None) -> int | None:
    """Return the bytes in use without the page cache, by the container's first process here.

    The group must have the container's ID: on another host that number is a foreign process.
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
    """Return the number of its processes that the kernel killed for lack of memory.

    The engine itself only reports this for the container's first process.
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
    """Return one number of a file of names and numbers; 0 if it is missing."""
    for line in path.read_text().splitlines():
        key, _, number = line.partition(" ")
        if key == name:
            return int(number)
    return 0
