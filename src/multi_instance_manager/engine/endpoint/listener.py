"""Tells whether the engine itself listens at its socket, among the processes of this machine.

The kernel tells the process that made a socket. One of another machine, of a virtual one or of a
container of its own is not among the processes seen here, or has a number of its own there; a
tunnel is, but is no engine. Owns no judgement of what follows from it.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from pathlib import Path

_CREDENTIALS = struct.Struct("3i")
_CONNECT_S = 2.0
_ENGINES = ("dockerd", "docker", "podman")
# It holds the socket of an engine that it starts when somebody asks.
_SERVICE_MANAGERS = ("systemd", "init")
_FIRST_PROCESS = 1


def listens_here(url: str) -> bool:
    """Whether an engine of this machine holds the socket; where nothing tells, it does not."""
    if not url.startswith("unix://") or not hasattr(socket, "SO_PEERCRED"):
        return False
    with suppress(OSError, ValueError, IndexError):
        return _is_engine(_listener(url.removeprefix("unix://")))
    return False


def _listener(path: str) -> int:
    """The process that made the socket; 0 where it is none that is seen here."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_CONNECT_S)
        probe.connect(path)
        told = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid: int = _CREDENTIALS.unpack(told)[0]
    return pid


def _is_engine(pid: int) -> bool:
    if not pid:
        return False
    process = Path("/proc", str(pid))
    names = _SERVICE_MANAGERS if pid == _FIRST_PROCESS else _ENGINES
    return _name(process) in names and not _is_in_container(process)


def _name(process: Path) -> str:
    return (process / "comm").read_text(errors="replace").strip()


def _is_in_container(process: Path) -> bool:
    """Whether it has another number in processes of its own, which this machine's do not see."""
    lines = (process / "status").read_text(errors="replace").splitlines()
    numbers = [line.split()[1:] for line in lines if line.startswith("NSpid:")]
    return len(numbers[0]) > 1
