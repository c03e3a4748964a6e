"""Tests what a port really does: only an answer counts, not an accepted connection.

The engine's own proxy accepts connections for a container that does not listen, then closes them.
"""

from __future__ import annotations

import socket
import time
from enum import StrEnum

_CONNECT_TIMEOUT_S = 2.0
_LARGEST_READ = 1024


class PortState(StrEnum):
    """How a port treats a caller.

    CLOSES: it accepts the connection, and closes it without a byte. SILENT: within the time, it
    accepts the connection and says nothing, or does not even accept it.
    """

    ANSWERS = "answers"
    CLOSES = "accepts and closes"
    REFUSES = "refuses"
    SILENT = "does not answer"


def port_state(address: str, port: int, request: bytes, *, timeout_s: float) -> PortState:
    """Send a request and see whether any byte comes back in time."""
    deadline = time.monotonic() + timeout_s
    try:
        connection = socket.create_connection((address, port), timeout=_CONNECT_TIMEOUT_S)
    except TimeoutError:
        return PortState.SILENT
    except ConnectionResetError:  # accepted, and reset before this side noticed
        return PortState.CLOSES
    except OSError:
        return PortState.REFUSES
    with connection:
        try:
            connection.sendall(request)
            connection.settimeout(max(0.01, deadline - time.monotonic()))
            return PortState.ANSWERS if connection.recv(_LARGEST_READ) else PortState.CLOSES
        except TimeoutError:
            return PortState.SILENT
        except OSError:
            return PortState.CLOSES


def accepts(address: str, port: int) -> bool:
    """Whether anything accepts a connection there."""
    try:
        with socket.create_connection((address, port), timeout=_CONNECT_TIMEOUT_S):
            return True
    except OSError:
        return False
