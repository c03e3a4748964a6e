"""The end of a whole call, however many waits it is made of: what trickles in does not move it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket


class Deadline:
    """So many seconds from now. Raises `TimeoutError` once nothing is left of them."""

    def __init__(self, within_s: float) -> None:
        self._at = time.monotonic() + within_s

    def left_s(self) -> float:
        """The seconds that are left, never zero or fewer."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def send(self, connection: socket.socket, content: bytes) -> None:
        """Send all of it. TLS would count the time anew for each part."""
        unsent = memoryview(content)
        while unsent:
            connection.settimeout(self.left_s())
            unsent = unsent[connection.send(unsent) :]

    def receive(self, connection: socket.socket, at_most: int) -> bytes:
        """Take in what comes first."""
        connection.settimeout(self.left_s())
        return connection.recv(at_most)
