"""Requests to instances over HTTP, within a deadline whatever the other side does.

One thread sends many at once: a thread for each would cost more than the requests. If only the
status is wanted, only the head of an answer is read.
"""

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

from multi_instance_manager.http.exchange import BadAnswer, Exchange
from multi_instance_manager.http.response import Answer
from multi_instance_manager.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST_ANSWER = 64 * 1024
_PORTION = 64 * 1024
_MOST_AT_ONCE = 128
_STATUSES = range(100, 600)
_CLOSED = "closes the connection"
_NO_HTTP = "does not speak HTTP"


class Question(msgspec.Struct, frozen=True):
    """One GET of a numeric address, or a POST of ``body``.

    The exchange takes ``timeout_s`` at most.
    The answer's body is read only with ``wants_body``, up to a limit.
    """

    url: str
    timeout_s: float
    key: Secret | None = None
    wants_body: bool = False
    body: bytes = b""


class Answered(msgspec.Struct, frozen=True):
    """An answer; ``body`` is empty unless it came completely and in time."""

    answer: Answer
    body: bytes = b""


def exchange_of(question: Question) -> Exchange:
    """Return the request of a question."""
    parts = urlsplit(question.url)
    headers = {"Host": parts.netloc, "Accept": "*/*", "Connection": "close"}
    if question.key:
        headers["Authorization"] = f"Bearer {question.key.reveal()}"
    if question.body:
        headers["Content-Type"] = "application/json"
    method = "POST" if question.body else "GET"
    return Exchange(method, parts.path or "/", headers, question.body or None)


def get(url: str, *, timeout_s: float, key: Secret | None = None) -> Answer:
    """Send one and return its status; the whole exchange takes ``timeout_s`` at most."""
    return ask_each([Question(url, timeout_s, key)])[0].answer


def get_all(url: str, *, timeout_s: float) -> tuple[Answer, bytes]:
    """The same with the answer's body, if it comes in time and within the limit."""
    (found,) = ask_each([Question(url, timeout_s, wants_body=True)])
    return found.answer, found.body


def get_each(urls: Sequence[str], *, timeout_s: float) -> list[Answer]:
    """Return the status of each address, in the same order."""
    return [found.answer for found in ask_each([Question(url, timeout_s) for url in urls])]


def ask_each(questions: Sequence[Question]) -> list[Answered]:
    """Send all questions at once; returns the answers in their order."""
    answers: dict[int, Answered] = {}
    waiting = deque(enumerate(questions))
    with closing(selectors.DefaultSelector()) as selector:
        under_way: set[_Asking] = set()
        while waiting or under_way:
            while waiting and len(under_way) < _MOST_AT_ONCE:
                number, question = waiting.popleft()
                try:
                    exchange = _Asking(number, question)
                except OSError as problem:
                    answers[number] = Answered(Answer(None, fault_of(problem)))
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


class _Asking:
    """One question and its answer; raises `OSError` if it cannot begin."""

    def __init__(self, number: int, question: Question) -> None:
        self.number = number
        self.deadline = time.monotonic() + question.timeout_s
        self.answered: Answered | None = None
        self._wants_body = question.wants_body
        self._exchange = exchange_of(question)
        self._to_send = self._exchange.request
        self._body = bytearray()
        parts = urlsplit(question.url)
        host = parts.hostname or ""
        version = ipaddress.ip_address(host).version
        self.socket = socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET)  # noqa: PLR2004
        self.socket.setblocking(False)
        try:
            self.socket.connect((host, parts.port or 80))
        except BlockingIOError:
            pass  # in progress
        except OSError:
            self.socket.close()
            raise

    def go_on(self, selector: selectors.BaseSelector) -> None:
        """Do everything that needs no waiting."""
        try:
            if self._to_send:
                self._send(selector)
            else:
                self._receive()
        except BlockingIOError:
            return
        except BadAnswer:
            self._end(_NO_HTTP)
        except OSError as problem:
            self._end(fault_of(problem))

    def give_up(self) -> None:
        """End it: its time is over."""
        self._end(fault_of(TimeoutError()))

    def close(self, selector: selectors.BaseSelector) -> None:
        """Close its connection."""
        selector.unregister(self.socket)
        self.socket.close()

    def _end(self, fault: str) -> None:
        """Finish; an incomplete body keeps the status that came before it."""
        status = self._exchange.status
        self.answered = Answered(_of_status(status) if status else Answer(None, fault))

    def _send(self, selector: selectors.BaseSelector) -> None:
        if code := self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, os.strerror(code))
        self._to_send = self._to_send[self.socket.send(self._to_send) :]
        if not self._to_send:
            selector.modify(self.socket, selectors.EVENT_READ, self)

    def _receive(self) -> None:
        chunk = self.socket.recv(_PORTION)
        if not self._wants_body:
            self._exchange.head_of(chunk)
            if self._exchange.status is not None:
                self.answered = Answered(_of_status(self._exchange.status))
            return
        self._body += self._exchange.feed(chunk)
        if len(self._body) > LARGEST_ANSWER:
            self._end("")
        elif self._exchange.is_complete and self._exchange.status:
            self.answered = Answered(_of_status(self._exchange.status), bytes(self._body))


def _of_status(status: int) -> Answer:
    return Answer(status) if status in _STATUSES else Answer(None, _NO_HTTP)


def fault_of(problem: OSError) -> str:
    """Describe an error: nothing answered."""
    if isinstance(problem, TimeoutError):
        return "does not answer in time"
    if isinstance(problem, ConnectionRefusedError):
        return "refuses connections"
    if isinstance(problem, ConnectionError):
        return _CLOSED
    return f"cannot be reached ({problem.strerror or type(problem).__name__})"
