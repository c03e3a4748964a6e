"""Addresses of this machine: where an instance is reached, and where it must not be."""

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
    """Where this host reaches a port published on ``host_ip``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host_ip, host_ip)  # noqa: S104


def is_own(address: str) -> bool:
    """Whether an address is this machine's still: a network may have gone since it was listed.

    What answers there then is another machine, or a gateway.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def other_addresses(host_ip: str) -> Sequence[str]:
    """Addresses of this machine's own interfaces, other than the published one."""
    with _listing:
        found = _addresses_in(int(time.monotonic()))
    return [address for address in found if address != host_ip][:_MOST_ADDRESSES]


@lru_cache(maxsize=1)
def _addresses_in(second: int) -> Sequence[str]:  # noqa: ARG001 - it ends what is remembered
    """All addresses of this machine, listed once a second at most.

    Every container adds an interface, so that a list for each proof would be work for each
    instance times all instances. An address that came up within that second is not tried; a port
    that is open on every address is open on the others, too.
    """
    import psutil

    found = {
        entry.address
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family in {socket.AF_INET, socket.AF_INET6}
    }
    return sorted(address for address in found if "%" not in address)
