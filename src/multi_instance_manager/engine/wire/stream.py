"""One request to the engine and its answer as it comes, over a socket that never makes us wait."""

from __future__ import annotations

import json
import selectors
import socket
import ssl
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

from multi_instance_manager.engine.wire.mapping import nonsense
from multi_instance_manager.errors import CannotBeRead, EngineError, EngineUnreachable, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from multi_instance_manager.http.exchange import Exchange

Item = TypeVar("Item")

_PORTION = 64 * 1024
_FULL = 64 * 1024
_WEIGHT_OF_AN_ITEM = 256
_LONGEST_ANSWER = 64 * 1024
_OK = 200
_REFUSALS: dict[int, type[EngineError]] = {404: NotFound, 501: CannotBeRead}


class DockerStream(Generic[Item]):
    """One request and its answer, as it comes."""

    def __init__(
        self,
        action: str,
        decode: Callable[[bytes], Iterable[Item]],
        remainder: Callable[[], tuple[Item, ...]],
    ) -> None:
        self._action = action
        self._decode = decode
        self.remainder = remainder
        self._exchange: Exchange | None = None
        self._refusal = bytearray()
        self._items: deque[Item] = deque()
        self._weight = 0
        self._socket: socket.socket | None = None
        self._selector: selectors.BaseSelector | None = None
        self.quiet_s = 0.0
        self.may_hold_more = False
        self.problem: EngineError | None = None

    def begin(
        self,
        connection: socket.socket,
        exchange: Exchange,
        drop: Callable[[DockerStream[Item]], None],
    ) -> None:
        """Send the request; raises `EngineUnreachable`."""
        self._drop = drop
        self._exchange = exchange
        try:
            connection.sendall(exchange.request)
        except OSError as problem:
            connection.close()
            raise self._broken() from problem
        connection.setblocking(False)
        self._socket = connection

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self._socket is None

    @property
    def is_full(self) -> bool:
        """Whether there is no room for more before something is taken."""
        return self._weight >= _FULL

    def take(self) -> Item | None:
        """The next thing that has come."""
        if not self._items:
            self._weight = 0
            return None
        self._weight -= self._weight // len(self._items)
        return self._items.popleft()

    def listen(self, selector: selectors.BaseSelector) -> None:
        """Be woken up by the socket only where there is room for what comes."""
        is_full = self.is_full
        if is_full and self._selector is not None:
            self._unregister()
        elif not is_full and self._selector is None and self._socket is not None:
            selector.register(self._socket, selectors.EVENT_READ, self)
            self._selector = selector

    def receive(self) -> None:
        """Read what there is, as far as there is room."""
        connection = self._socket
        self.may_hold_more = False
        if connection is None or self.is_full:
            self.may_hold_more = isinstance(connection, ssl.SSLSocket)
            return
        try:
            data = connection.recv(_PORTION)
            self.quiet_s = 0.0
            self._take_in(data)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError:
            self._end(self._broken())
        except (ValueError, KeyError, TypeError) as problem:
            self._end(nonsense(self._action, problem))
        # TLS may have taken in more than it gave; its socket does not tell.
        self.may_hold_more = isinstance(connection, ssl.SSLSocket) and not self.ended

    def _take_in(self, data: bytes) -> None:
        exchange = self._begun()
        body = exchange.feed(data)
        if exchange.status not in {None, _OK}:
            self._refusal += body[: _LONGEST_ANSWER - len(self._refusal)]
        else:
            self._items.extend(self._decode(body))
            self._weight += len(body) + _WEIGHT_OF_AN_ITEM * body.count(b"\n")
            # What is only part of an item cannot be taken: it must not keep the rest out.
            self._weight = self._weight if self._items else 0
        if exchange.is_complete:
            self._end(self._verdict(exchange.status))

    def _begun(self) -> Exchange:
        if self._exchange is None:
            raise TypeError("the stream was not begun")
        return self._exchange

    def _verdict(self, status: int | None) -> EngineError | None:
        if status == _OK:
            return None
        kind = _REFUSALS.get(status or 0, EngineError)
        text = _message_of(bytes(self._refusal))
        return kind(self._action, f"the engine answered {status}: {text}", status=status)

    def _broken(self) -> EngineUnreachable:
        return EngineUnreachable(self._action, "the connection to the engine broke")

    def _end(self, problem: EngineError | None) -> None:
        self.problem = problem
        self._hang_up()

    def close(self) -> None:
        """End it from here."""
        if self._socket is not None:
            self._hang_up()
            self._drop(self)

    def _hang_up(self) -> None:
        self._unregister()
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _unregister(self) -> None:
        if self._selector is not None and self._socket is not None:
            with suppress(KeyError):
                self._selector.unregister(self._socket)
        self._selector = None


def _message_of(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["message"])
    except (ValueError, KeyError, TypeError):
        return "no reason given"
