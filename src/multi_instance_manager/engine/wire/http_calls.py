"""Calls of the Engine API by HTTP, over any way to the engine, on connections that are kept."""

from __future__ import annotations

import select
import ssl
import weakref
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.http.deadline import Deadline
from multi_instance_manager.http.exchange import Exchange

if TYPE_CHECKING:
    import socket

    from multi_instance_manager.engine.wire.transport import Transport

# The largest answer that is taken in: an archive of a folder; a list of containers is far smaller.
LARGEST_ANSWER = 256 * 1024**2
_PORTION = 256 * 1024
_MOST_KEPT = 64
_AS_JSON = {"Content-Type": "application/json"}


class EngineAnswer(msgspec.Struct, frozen=True):
    """The status of HTTP, and the body with whatever way it was sent taken off."""

    status: int
    content: bytes


class AnswerTooLarge(ValueError):
    """The answer has no end within what is taken in."""


class HttpCalls:
    """Keeps connections that are free, and opens another where all are in use. For many threads.

    ``timeout_s`` is the time that one whole call may take. Raises `TimeoutError` where it is over,
    another `OSError` where the connection cannot be made or breaks, `BadAnswer`,
    `AnswerTooLarge`, or an `EngineError` where the way to the engine knows better.
    """

    def __init__(self, way: Transport, timeout_s: float) -> None:
        self.way = way
        self.timeout_s = timeout_s
        self._kept: list[socket.socket] = []
        # Nothing says when the last call was: the connections go with what keeps them.
        weakref.finalize(self, _close_all, self._kept)

    def be_patient(self, silence_s: float) -> None:
        """Change the time that later calls may take."""
        self.timeout_s = silence_s

    def call(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        *,
        longer_s: float = 0,
    ) -> EngineAnswer:
        """Ask on a connection that is free. A call that failed is never made again."""
        deadline = Deadline(self.timeout_s + longer_s)
        exchange = self.request(method, target, body, _AS_JSON if body is not None else {})
        connection = self._connection(deadline)
        try:
            content = _answered(connection, exchange, deadline)
        except BaseException:
            connection.close()
            raise
        if exchange.can_go_on and len(self._kept) < _MOST_KEPT:
            self._kept.append(connection)
        else:
            connection.close()
        return EngineAnswer(exchange.status or 0, content)

    def request(
        self, method: str, target: str, body: bytes | None, headers: dict[str, str]
    ) -> Exchange:
        """A request that goes this way."""
        whole = {**self.way.headers, **headers}
        return Exchange(method, f"{self.way.prefix}{target}", whole, body)

    def _connection(self, deadline: Deadline) -> socket.socket:
        while self._kept:
            try:
                kept = self._kept.pop()
            except IndexError:  # another thread was quicker
                break
            if _is_quiet(kept):
                return kept
            kept.close()
        return self.way.open(deadline.left_s())


def _answered(connection: socket.socket, exchange: Exchange, deadline: Deadline) -> bytes:
    """The body of the answer."""
    deadline.send(connection, exchange.request)
    content = bytearray()
    while not exchange.is_complete:
        content += exchange.feed(deadline.receive(connection, _PORTION))
        if max(len(content), exchange.promised_bytes or 0) > LARGEST_ANSWER:
            raise AnswerTooLarge
    return bytes(content)


def _is_quiet(connection: socket.socket) -> bool:
    """Whether nothing came while it was kept: an engine that went away, or a stray answer."""
    if isinstance(connection, ssl.SSLSocket) and connection.pending():
        return False
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return not poll.poll(0)


def _close_all(connections: list[socket.socket]) -> None:
    for connection in connections:
        connection.close()
