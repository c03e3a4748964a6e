"""Finds listeners on the TCP ports of this host, by really binding."""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import TYPE_CHECKING

from multi_instance_manager.host.port_holder import Holder, HolderKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psutil import Process

_PROXY = "docker-proxy"
_OTHER_PROXIES = ("conmon", "rootlessport")
_ENGINES = {"dockerd", "dockerd-rootless", "rootlesskit", "docker-init"}
_CONNECT_WITHIN_S = 1.0
_GROUP = "is the address of a group of machines, where nothing can listen"
_NO_WAY = {errno.ENETUNREACH, errno.EACCES, errno.EINVAL, errno.EADDRNOTAVAIL}
_NOT_OURS = "is not an address of this machine"
_ADDRESS_FAULTS = {
    errno.EADDRNOTAVAIL: _NOT_OURS,
    errno.EINVAL: "is an address that counts on one link only, and names no link",
    errno.EAFNOSUPPORT: f"{_NOT_OURS}: it has none of that family",
}


def addresses_to_probe(host_ip: str) -> tuple[str, ...]:
    """Return the addresses whose listeners would conflict with a port on ``host_ip``.

    Loopback is tested for both families: a caller of ``localhost`` may use either, and would reach
    the other listener.
    """
    address = ipaddress.ip_address(host_ip)
    if address.is_loopback:
        return tuple(dict.fromkeys((host_ip, "127.0.0.1", "::1")))
    if address.is_unspecified:
        return ("0.0.0.0", "::")  # noqa: S104  # probed as the container would hold it
    return (host_ip,)


def can_bind(address: str, port: int) -> bool:
    """Whether a listener could be opened there now, as an engine would open it.

    Only a port in use counts as no. An engine can bind a low port that this user may not, and an
    address family that this host lacks holds nothing. Engines set ``SO_REUSEADDR``: connections
    that have just ended do not count.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((address, port))
    except OSError as problem:
        return problem.errno != errno.EADDRINUSE
    return True


def address_fault(address: str) -> str | None:
    """Return why nothing could listen on an address of this machine; None if it can.

    Binding and listening are not enough: the kernel accepts both on a multicast address, where no
    one could connect.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.bind((address, 0))
            listener.listen(1)
            return _connect_fault(family, listener.getsockname())
    except OSError as problem:
        return _ADDRESS_FAULTS.get(problem.errno or 0)


def _connect_fault(family: socket.AddressFamily, target: tuple[str, int]) -> str | None:
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(_CONNECT_WITHIN_S)
        try:
            client.connect(target)
        except TimeoutError:
            return None  # a firewall is another matter
        except OSError as problem:
            return _GROUP if problem.errno in _NO_WAY else None
    return None


def busy_ports(host_ip: str, ports: Iterable[int]) -> set[int]:
    """Return the ports that a container published on ``host_ip`` could not have."""
    addresses = addresses_to_probe(host_ip)
    return {port for port in ports if not all(can_bind(address, port) for address in addresses)}


def listening_ports() -> set[int]:
    """Return every TCP port with a listener, as far as the kernel shows this user."""
    return {port for port, _ in _listeners()}


def holders_of(port: int) -> tuple[Holder, ...]:
    """The processes that listen on a port, as far as this user may know; never empty."""
    pids = {pid for listening, pid in _listeners() if listening == port}
    found = tuple(_holder_of(pid) for pid in sorted(pid for pid in pids if pid))
    return found or (Holder(HolderKind.OTHER_USER if pids else HolderKind.UNKNOWN),)


def _holder_of(pid: int) -> Holder:
    import psutil

    try:
        process = psutil.Process(pid)
        return Holder(_kind_of(process), process.name(), pid)
    except psutil.Error:
        return Holder(HolderKind.PROCESS, pid=pid)


def _kind_of(process: Process) -> HolderKind:
    """An engine that is killed leaves its proxies behind, and the next one does not know them."""
    name = process.name()
    if name.startswith(_OTHER_PROXIES):
        return HolderKind.ENGINE_PROXY
    if name != _PROXY:
        return HolderKind.PROCESS
    parent = process.parent()
    has_engine = parent is not None and parent.name() in _ENGINES
    return HolderKind.ENGINE_PROXY if has_engine else HolderKind.LEFT_PROXY


def _listeners() -> list[tuple[int, int | None]]:
    import psutil

    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return []
    return [
        (connection.laddr.port, connection.pid)
        for connection in connections
        if connection.status == psutil.CONN_LISTEN and connection.laddr
    ]
