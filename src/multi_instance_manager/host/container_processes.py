"""Lists the processes of containers as the kernel of this host shows them. Reads only.

One pass over all processes serves any number of containers, and needs no special right; the
engine's own list runs a ``ps`` for each container. A process belongs to the container whose ID is
in its control group. If this host shows none (an engine on another or in a virtual machine), the
result lacks the container, and the engine must be asked.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.application.process_table import Process

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_PROCESSES = Path("/proc")
_ID = re.compile(rb"[0-9a-f]{64}")
_LONGEST_COMMAND = 8192
_LARGEST_FILE = 65536
# Fields of /proc/PID/stat after the command's closing bracket, by proc(5): ppid and starttime.
_PARENT, _START = 1, 19


def processes_by_container(
    container_ids: Collection[str], processes: Path = _PROCESSES
) -> Mapping[str, tuple[Process, ...]]:
    """Return the processes of each container here, by its full ID, the oldest first."""
    wanted = {one.encode(): one for one in container_ids}
    if not wanted:
        return {}
    found: dict[str, list[Process]] = {}
    booted_at = _booted_at(processes)
    try:
        names = os.listdir(processes)  # noqa: PTH208  # thousands of names, no path objects
    except OSError:
        return {}
    for pid in sorted(int(name) for name in names if name.isdigit()):
        folder = processes / str(pid)
        group = _ID.search(_read(folder / "cgroup"))
        owner = wanted.get(group[0]) if group else None
        if owner is not None and (process := _process(pid, folder, booted_at)) is not None:
            found.setdefault(owner, []).append(process)
    return {name: tuple(listed) for name, listed in found.items()}


def _process(pid: int, folder: Path, booted_at: float | None) -> Process | None:
    """Return a process; None if it has ended, even if its entry remains."""
    fields = _read(folder / "stat").rpartition(b")")[2].split()
    command = _read(folder / "cmdline", _LONGEST_COMMAND)
    if len(fields) <= _START or not command:
        return None
    started_at = None
    if booted_at is not None:
        started_at = booted_at + int(fields[_START]) / os.sysconf("SC_CLK_TCK")
    words = command.rstrip(b"\0").split(b"\0")
    return Process(
        pid, int(fields[_PARENT]), tuple(os.fsdecode(word) for word in words), started_at
    )


def _booted_at(processes: Path) -> float | None:
    """Return the boot time, in seconds since the epoch: process starts count from it."""
    text = _read(processes / "uptime").split()
    try:
        return time.time() - float(text[0]) if text else None
    except ValueError:
        return None


def _read(path: Path, at_most: int = _LARGEST_FILE) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, at_most)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
