"""The memory that a container of this host uses, as its kernel tells it.

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


def memory_of(pid: int, container_id: str, files: KernelFiles | None = None) -> int | None:
    """Bytes in use without the page cache, by the container's first process on this host.

    The group must bear the container's ID: on another host that number is somebody else's.
    """
    where = files or KernelFiles()
    try:
        lines = (where.processes / str(pid) / "cgroup").read_text().splitlines()
        for folder, usage, cache in _places(lines, where.groups):
            if container_id in folder.as_posix() and (folder / usage).exists():
                used = int((folder / usage).read_text())
                return max(0, used - _member(folder / "memory.stat", cache))
    except (OSError, ValueError):
        return None
    return None


def _places(lines: list[str], groups: Path) -> Iterator[tuple[Path, str, str]]:
    """The group's folder, the file of its usage, and the member that counts its page cache."""
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            yield (
                groups / "memory" / path.lstrip("/"),
                "memory.usage_in_bytes",
                "total_inactive_file",
            )
        elif not controllers:
            yield groups / path.lstrip("/"), "memory.current", "inactive_file"


def _member(path: Path, name: str) -> int:
    """One number of a file of names and numbers; 0 where it does not have it."""
    for line in path.read_text().splitlines():
        key, _, number = line.partition(" ")
        if key == name:
            return int(number)
    return 0
