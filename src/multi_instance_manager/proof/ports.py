"""Whether the ports of an instance answer, and only at the address that they are published on."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from multi_instance_manager.proof.addresses import is_own, other_addresses, reachable_address
from multi_instance_manager.proof.check import Check, CheckResult

if TYPE_CHECKING:
    from multi_instance_manager.spec import InstanceSpec

_CONNECT_TIMEOUT_S = 2.0


def ports_answer(spec: InstanceSpec) -> Check:
    """Every published port lets this host in."""
    host = reachable_address(spec.host_ip)
    silent = [port for port in spec.host_ports if not accepts(host, port)]
    seen = f"nobody answers on {host}:{silent[0]}" if silent else "answer"
    return Check("ports", CheckResult.FAILED if silent else CheckResult.PASSED, seen)


def ports_closed_elsewhere(spec: InstanceSpec) -> Check | None:
    """No other address of this machine lets anybody in; None where all are meant to."""
    if ipaddress.ip_address(spec.host_ip).is_unspecified:
        return None
    open_at = [
        f"{address}:{port}"
        for address in other_addresses(spec.host_ip)
        for port in spec.host_ports
        if accepts(address, port) and is_own(address)
    ]
    seen = f"also open at {', '.join(open_at)}" if open_at else "closed"
    return Check("elsewhere", CheckResult.FAILED if open_at else CheckResult.PASSED, seen)


def accepts(address: str, port: int) -> bool:
    """Whether a connection is taken there."""
    try:
        with socket.create_connection((address, port), timeout=_CONNECT_TIMEOUT_S):
            return True
    except OSError:
        return False
