"""Looks where an engine runs: on this machine, or somewhere else."""

from __future__ import annotations

import os
import shlex
import socket
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from multi_instance_manager.engine.endpoint.address import ssh_address
from multi_instance_manager.engine.endpoint.listener import listens_here
from multi_instance_manager.engine.protocol.engine import EngineHost
from multi_instance_manager.errors import EngineError
from multi_instance_manager.host.memory import host_memory
from multi_instance_manager.probe.engine_location import (
    EngineLocation,
    EngineReach,
    LocalMachine,
    place_of,
)
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.engine.protocol.engine import EngineInfo, Reader


def find_place(reader: Reader, info: EngineInfo) -> EngineLocation:
    """Ask the engine once; behind a proxy that lets little pass, the address has to do.

    One whose own process is seen here to hold the socket is not asked at all.
    """
    here = this_machine()
    way = EngineReach(_is_local(info.url), listens_here(info.url))
    host = EngineHost(name=here.name) if way.listens_here else _told(reader)
    # Another machine's word, shown on a terminal and in a line to be pasted into a shell.
    host = replace(host, name=printable(host.name))
    return place_of(host, here, way, login=_login(info.url, host.name))


def _told(reader: Reader) -> EngineHost:
    try:
        return reader.host()
    except EngineError:
        return EngineHost()


def this_machine() -> LocalMachine:
    """What an engine on this machine would tell of it."""
    here = os.uname()
    return LocalMachine(here.nodename, here.release, host_memory().total, here.sysname)


def _login(url: str, engine_machine: str) -> str:
    """What ``ssh`` takes to get to the engine's machine."""
    if not url.startswith("ssh://"):
        return shlex.quote(engine_machine or urlsplit(url).hostname or "MACHINE")
    address = ssh_address(url)
    user = f"{address.user}@" if address.user else ""
    port = f"-p {address.port} " if address.port else ""
    return f"{port}{shlex.quote(user + address.host)}"


def _is_local(url: str) -> bool:
    """Whether the endpoint is a socket, or an address of this machine's own."""
    if not url.startswith(("tcp://", "ssh://")):
        return True
    host = urlsplit(url).hostname or ""
    with suppress(OSError, UnicodeError):
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
        return any(_is_own(family, place) for family, _, _, _, place in found)
    return False


def _is_own(family: int, place: tuple[object, ...]) -> bool:
    """Only its own addresses can be bound; what cannot be asked is not."""
    with suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind(place)
        return True
    return False
