"""The memory of this machine. Linux has it in a file; elsewhere a library is asked."""

from __future__ import annotations

from pathlib import Path

import msgspec

_FILE = Path("/proc/meminfo")
_UNIT = 1024


class HostMemory(msgspec.Struct, frozen=True):
    """In bytes; ``available`` is what programs can use without swapping."""

    total: int
    available: int


def host_memory(file: Path = _FILE) -> HostMemory:
    """Read it once. Importing the library takes twenty milliseconds, the file a tenth of one."""
    try:
        lines = (line.partition(":") for line in file.read_text().splitlines())
        sizes = {name: text.split() for name, _, text in lines}
        total, available = (int(sizes[name][0]) for name in ("MemTotal", "MemAvailable"))
    except (OSError, ValueError, KeyError, IndexError):
        import psutil

        memory = psutil.virtual_memory()
        return HostMemory(int(memory.total), int(memory.available))
    return HostMemory(total * _UNIT, available * _UNIT)
