"""Asks many instances at once, on one thread: a thread for each would cost more than the asking."""

from __future__ import annotations

import ipaddress
import os
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
                try:
                    exchange = _Exchange(number, urls[number], time.monotonic() + timeout_s)
                except OSError as problem:
                    answers[number] = fault_answer(problem)
                else:
                    under_way.add(exchange)
                    selector.register(exchange.socket, selectors.EVENT_WRITE, exchange)
            now = time.monotonic()
            soonest = min((exchange.deadline for exchange in under_way), default=now)
            for key, _ in selector.select(max(0.0, soonest - now)):
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
    """One request and what comes back of its first line; raises `OSError` where it cannot begin."""

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
        try:
            self.socket.connect((host, parts.port or 80))
        except BlockingIOError:
            pass  # it is under way
        except OSError:
            self.socket.close()
            raise

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
            raise OSError(code, os.strerror(code))
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
        selector.unregister(self.socket)
        self.socket.close()
