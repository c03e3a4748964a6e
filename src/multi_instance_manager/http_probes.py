"""Asks many instances at once, on one thread: a thread for each would cost more than the asking."""

from __future__ import annotations

import errno
import ipaddress
import selectors
import socket
import time
from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from multi_instance_manager.http_probe import (
    LONGEST_LINE,
    Answer,
    answer_of,
    fault_answer,
    request_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_AT_ONCE = 128


def get_each(urls: Sequence[str], *, timeout_s: float) -> list[Answer]:
    """Ask each address of this machine or another, by number, once; answers in the same order.

    Each exchange takes ``timeout_s`` at most, from its own beginning.
    """
    answers: list[Answer | None] = [None] * len(urls)
    waiting = deque(range(len(urls)))
    with closing(selectors.DefaultSelector()) as selector:
        under_way: set[_Exchange] = set()
        while waiting or under_way:
            while waiting and len(under_way) < _MOST_AT_ONCE:
                number = waiting.popleft()
                exchange = _Exchange(number, urls[number], time.monotonic() + timeout_s)
                under_way.add(exchange)
                if exchange.answer is None:
                    selector.register(exchange.socket, selectors.EVENT_WRITE, exchange)
            soonest = min(exchange.deadline for exchange in under_way)
            done_already = any(exchange.answer for exchange in under_way)
            patience_s = 0.0 if done_already else max(0.0, soonest - time.monotonic())
            for key, _ in selector.select(patience_s):
                key.data.go_on(selector)
            now = time.monotonic()
            for exchange in tuple(under_way):
                if exchange.answer is None and now >= exchange.deadline:
                    exchange.answer = fault_answer(TimeoutError())
                if exchange.answer is not None:
                    answers[exchange.number] = exchange.answer
                    under_way.discard(exchange)
                    exchange.close(selector)
    return [answer for answer in answers if answer is not None]


class _Exchange:
    """One request and what comes back of its first line."""

    def __init__(self, number: int, url: str, deadline: float) -> None:
        self.number = number
        self.deadline = deadline
        self.answer: Answer | None = None
        self._request = request_of(url)
        self._received = b""
        parts = urlsplit(url)
        host = parts.hostname or ""
        version = ipaddress.ip_address(host).version
        self.socket = socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET)  # noqa: PLR2004
        self.socket.setblocking(False)
        code = self.socket.connect_ex((host, parts.port or 80))
        if code not in {0, errno.EINPROGRESS}:
            self.answer = fault_answer(_error(code))

    def go_on(self, selector: selectors.BaseSelector) -> None:
        """Do what can be done without waiting."""
        try:
            if self._request:
                self._send(selector)
            else:
                self._receive()
        except BlockingIOError:
            return
        except OSError as problem:
            self.answer = fault_answer(problem)

    def _send(self, selector: selectors.BaseSelector) -> None:
        if code := self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise _error(code)
        self._request = self._request[self.socket.send(self._request) :]
        if not self._request:
            selector.modify(self.socket, selectors.EVENT_READ, self)

    def _receive(self) -> None:
        chunk = self.socket.recv(LONGEST_LINE)
        self._received += chunk
        if not chunk or b"\n" in self._received or len(self._received) >= LONGEST_LINE:
            self.answer = answer_of(self._received)

    def close(self, selector: selectors.BaseSelector) -> None:
        """Let go of its connection."""
        if self.socket in selector.get_map():
            selector.unregister(self.socket)
        self.socket.close()


def _error(code: int) -> OSError:
    """The error that a blocking call would have raised."""
    return OSError(code, errno.errorcode.get(code, str(code)))
