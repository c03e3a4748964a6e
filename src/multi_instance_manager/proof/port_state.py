"""Tests what a port really does: only an answer counts, not an accepted connection.

The engine's own proxy accepts connections for a container that does not listen, then closes them.
"""

from __future__ import annotations

import socket
from enum import StrEnum

from multi_instance_manager.http.deadline import Deadline

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
    """Send a request and see whether any byte comes back within the time."""
    deadline = Deadline(timeout_s)
    try:
        connect_s = min(_CONNECT_TIMEOUT_S, deadline.left_s())
        connection = socket.create_connection((address, port), timeout=connect_s)
    except TimeoutError:
        return PortState.SILENT
    except ConnectionResetError:  # accepted, and reset before this side noticed
        return PortState.CLOSES
    except OSError:
        return PortState.REFUSES
    with connection:
        try:
            deadline.send(connection, request)
            received = deadline.receive(connection, _LARGEST_READ)
        except TimeoutError:
            return PortState.SILENT
        except OSError:
            return PortState.CLOSES
    return PortState.ANSWERS if received else PortState.CLOSES


def accepts(address: str, port: int) -> bool:
    """Whether anything accepts a connection there."""
    try:
        with socket.create_connection((address, port), timeout=_CONNECT_TIMEOUT_S):
            return True
    except OSError:
        return False
