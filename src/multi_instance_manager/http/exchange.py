"""One HTTP request and its answer, as bytes, with h11, which never blocks.

Owns no connection and no deadline: its caller has both.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import h11

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LONGEST_HEAD = 64 * 1024
_SWITCHES = 101
_WITHOUT_A_BODY = {"GET", "HEAD", "CONNECT"}
_BEGINNING = b"HTTP/1."


class BadAnswer(ValueError):
    """The answer is not HTTP/1."""


class Exchange:
    """Send ``request``, then feed the answer's bytes in any portions.

    ``status`` is None before the head of the answer. ``promised_bytes`` is the length that the
    answer announces for its body. ``is_complete``: the answer has ended.
    """

    def __init__(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> None:
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        self.request = self._written(method, target, headers, body)
        self.status: int | None = None
        self.promised_bytes: int | None = None
        self.is_complete = False

    @property
    def can_go_on(self) -> bool:
        """Whether the connection can carry another request: both sides keep it, and it is empty."""
        is_over = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        return is_over and not self._http.trailing_data[0]

    @property
    def rest(self) -> bytes:
        """Return the bytes after the parsed part of the answer."""
        return bytes(self._http.trailing_data[0])

    def feed(self, data: bytes) -> bytes:
        """Return the part of the body in these bytes; no bytes mean that the other side ended.

        Raises `BadAnswer`, and `ConnectionError` if the answer is cut off.
        """
        with self._judged(is_over=not data):
            self._http.receive_data(data)
            return b"".join(self._body())

    def head_of(self, data: bytes) -> None:
        """The same up to the end of the head; bytes after it are in ``rest``."""
        with self._judged(is_over=not data):
            self._http.receive_data(data)
            while self.status is None and self._take(self._http.next_event()):
                pass

    def go_on(self) -> bytes:
        """Return the part of the body that came with the head."""
        with self._judged(is_over=False):
            return b"".join(self._body())

    @contextmanager
    def _judged(self, *, is_over: bool) -> Iterator[None]:
        try:
            yield
        except h11.RemoteProtocolError as problem:
            if is_over and self._may_be_http:
                raise ConnectionError("the answer is cut off") from problem
            raise BadAnswer("the answer is not of HTTP/1") from problem
        if not self._may_be_http:  # h11 would wait for the end of the head
            raise BadAnswer("the answer is not of HTTP/1")

    @property
    def _may_be_http(self) -> bool:
        """Whether the bytes so far begin like a head."""
        begun = self._http.trailing_data[0]
        return self.status is not None or begun[: len(_BEGINNING)] == _BEGINNING[: len(begun)]

    def _body(self) -> list[bytes]:
        parts: list[bytes] = []
        while not self.is_complete:
            event = self._http.next_event()
            if isinstance(event, h11.Data):
                parts.append(bytes(event.data))
            elif not self._take(event):
                break
        return parts

    def _take(self, event: Any) -> bool:
        """Process events other than the body; returns whether there may be more."""
        if isinstance(event, h11.Response):
            self.status = event.status_code
            self.promised_bytes = _length_in(event.headers)
        elif isinstance(event, h11.InformationalResponse):
            self.status = _SWITCHES if event.status_code == _SWITCHES else None
        elif isinstance(event, h11.EndOfMessage):
            self.is_complete = True
        elif isinstance(event, h11.ConnectionClosed):
            raise ConnectionError("the connection ended before an answer")
        else:  # no more bytes, or bytes that are not HTTP
            return False
        return True

    def _written(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> bytes:
        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        if body is not None or method not in _WITHOUT_A_BODY:
            lines.append((b"Content-Length", str(len(body or b"")).encode()))
        request = h11.Request(method=method, target=target, headers=lines)
        written = [self._http.send(request)]
        if body:
            written.append(self._http.send(h11.Data(data=body)))
        written.append(self._http.send(h11.EndOfMessage()))
        return b"".join(part for part in written if part)


def _length_in(headers: Any) -> int | None:
    """Return the length that h11 has checked, if there is one."""
    return next((int(value) for name, value in headers if name == b"content-length"), None)
