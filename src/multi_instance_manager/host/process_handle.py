"""Holds a container's process by a descriptor: signals it, and sees when it has ended.

A process's number may soon belong to another one; a descriptor stays with its process. This asks
only this machine. If it does not show the process, or lacks such descriptors, there is no handle.
"""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from pathlib import Path

_PROCESSES = Path("/proc")
_LARGEST_STATUS = 65536


class ProcessHandle:
    """One process, even if its number is reused. To be closed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def send(self, name: str) -> None:
        """Send the signal of that name; raises PermissionError or ProcessLookupError."""
        signal.pidfd_send_signal(self._descriptor, signal.Signals[name])

    def has_ended(self, *, within_s: float) -> bool:
        """Whether it has ended, or does so within that time."""
        return bool(self._poll.poll(max(0.0, within_s) * 1000))

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)


def handle_of(pid: int, container_id: str, processes: Path = _PROCESSES) -> ProcessHandle | None:
    """Open the process of that number, if it is the container's; None if not.

    It is checked again after opening: from then on the number stays its own.
    """
    if not hasattr(os, "pidfd_open") or not hasattr(signal, "pidfd_send_signal"):
        return None
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return None
    with suppress(OSError):
        if container_id.encode() in (processes / str(pid) / "cgroup").read_bytes():
            return ProcessHandle(descriptor)
    os.close(descriptor)
    return None


def inner_number(pid: int, processes: Path = _PROCESSES) -> int | None:
    """Return a process's number inside its container; None if that is not shown."""
    with (
        suppress(OSError, ValueError, IndexError),
        (processes / str(pid) / "status").open("rb") as f,
    ):
        for line in f.read(_LARGEST_STATUS).splitlines():
            if line.startswith(b"NSpid:"):
                return int(line.split()[-1])
    return None
