"""Addresses of this machine: where an instance must answer, and where it must not."""

from __future__ import annotations

import socket
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_ADDRESSES = 8
_listing = threading.Lock()


def reachable_address(host_ip: str) -> str:
    """Return the address at which this host reaches a port published on ``host_ip``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host_ip, host_ip)  # noqa: S104


def is_own(address: str) -> bool:
    """Whether this machine still has an address: its network may be gone since it was listed.

    Another machine or a gateway would answer there then.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def other_addresses(host_ip: str) -> Sequence[str]:
    """Return the addresses of this machine's own interfaces, except the published one."""
    with _listing:
        found = _addresses_in(int(time.monotonic()))
    return [address for address in found if address != host_ip][:_MOST_ADDRESSES]


@lru_cache(maxsize=1)
def _addresses_in(second: int) -> Sequence[str]:  # noqa: ARG001 - it ends what is remembered
    """Return all addresses of this machine, listed at most once a second.

    Every container adds an interface, so a list for each proof would grow with the square of the
    instances. An address that is new within that second is not tested; a port that is open on
    every address is open on the others, too.
    """
    import psutil

    found = {
        entry.address
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family in {socket.AF_INET, socket.AF_INET6}
    }
    return sorted(address for address in found if "%" not in address)
