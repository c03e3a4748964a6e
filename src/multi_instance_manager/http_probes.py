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

import msgspec

from multi_instance_manager.http_probe import (
    LARGEST_ANSWER,
    LONGEST_LINE,
    Answer,
    answer_of,
    body_of,
    fault_answer,
    request_of,
)
from multi_instance_manager.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_AT_ONCE = 128


class Question(msgspec.Struct, frozen=True):
    """One GET of an address by number, or a POST of ``body``.

    The exchange takes ``timeout_s`` at most.
    The answer's body is read only where ``wants_body`` says so, up to a bound.
    """

    url: str
    timeout_s: float
    key: Secret | None = None
    wants_body: bool = False
    body: bytes = b""


class Answered(msgspec.Struct, frozen=True):
    """What came back; ``body`` is empty unless it came whole and in time."""

    answer: Answer
    body: bytes = b""


def get_each(urls: Sequence[str], *, timeout_s: float) -> list[Answer]:
    """The status of each address, in the same order."""
    return [found.answer for found in ask_each([Question(url, timeout_s) for url in urls])]


def ask_each(questions: Sequence[Question]) -> list[Answered]:
    """Ask every question once; the answers come in the order of the questions."""
    answers: dict[int, Answered] = {}
    waiting = deque(enumerate(questions))
    with closing(selectors.DefaultSelector()) as selector:
        under_way: set[_Exchange] = set()
        while waiting or under_way:
            while waiting and len(under_way) < _MOST_AT_ONCE:
                number, question = waiting.popleft()
                try:
                    exchange = _Exchange(number, question)
                except OSError as problem:
                    answers[number] = Answered(fault_answer(problem))
                else:
                    under_way.add(exchange)
                    selector.register(exchange.socket, selectors.EVENT_WRITE, exchange)
            now = time.monotonic()
            soonest = min((exchange.deadline for exchange in under_way), default=now)
            for key, _ in selector.select(max(0.0, soonest - now)):
                key.data.go_on(selector)
            now = time.monotonic()
            for exchange in tuple(under_way):
                if exchange.answered is None and now >= exchange.deadline:
                    exchange.give_up()
                if exchange.answered is not None:
                    answers[exchange.number] = exchange.answered
                    under_way.discard(exchange)
                    exchange.close(selector)
    return [answers[number] for number in range(len(questions))]


class _Exchange:
    """One request and what comes back; raises `OSError` where it cannot begin."""

    def __init__(self, number: int, question: Question) -> None:
        self.number = number
        self.deadline = time.monotonic() + question.timeout_s
        self.answered: Answered | None = None
        self._wants_body = question.wants_body
        self._request = request_of(question.url, question.key, question.body)
        self._received = b""
        parts = urlsplit(question.url)
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
            self._fail(problem)

    def give_up(self) -> None:
        """Its time is over."""
        self._fail(TimeoutError())

    def close(self, selector: selectors.BaseSelector) -> None:
        """Let go of its connection."""
        selector.unregister(self.socket)
        self.socket.close()

    def _fail(self, problem: OSError) -> None:
        """A body that does not come whole leaves the status that came before it."""
        has_status = b"\n" in self._received
        self.answered = Answered(answer_of(self._received) if has_status else fault_answer(problem))

    def _send(self, selector: selectors.BaseSelector) -> None:
        if code := self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, os.strerror(code))
        self._request = self._request[self.socket.send(self._request) :]
        if not self._request:
            selector.modify(self.socket, selectors.EVENT_READ, self)

    def _receive(self) -> None:
        chunk = self.socket.recv(LONGEST_LINE)
        self._received += chunk
        if self._wants_body:
            body = body_of(self._received, is_over=not chunk)
            if body is not None or not chunk or len(self._received) >= LARGEST_ANSWER:
                self.answered = Answered(answer_of(self._received), body or b"")
        elif not chunk or b"\n" in self._received or len(self._received) >= LONGEST_LINE:
            self.answered = Answered(answer_of(self._received))
