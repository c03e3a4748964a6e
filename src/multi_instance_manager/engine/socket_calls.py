"""Calls over the socket of an engine on this machine, by HTTP/1.1 as far as an engine speaks it.

The launch of a pool is many small calls in a short time on a machine whose processors the engine
needs itself: a general HTTP library costs as much time as the half of a call, and ten times as much
to be imported. What it does for servers of any kind (redirects, cookies, proxies, compression,
retries) an engine's socket needs nothing of.
"""

from __future__ import annotations

import re
import select
import socket
import weakref
from typing import TYPE_CHECKING

from multi_instance_manager.engine.calls import LARGEST_ANSWER, Answer, TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHUNK = 256 * 1024
_LONGEST_HEAD = 64 * 1024
_MOST_KEPT = 64
_BODILESS = {204, 304}
_CONTINUED = range(100, 200)
_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: .*)?")
# Python's own reading of numbers takes signs, prefixes and underscores, too.
_DIGITS = {10: re.compile(r"[0-9]{1,64}"), 16: re.compile(r"[0-9A-Fa-f]{1,64}")}


class SocketCalls:
    """Keeps connections that are free, and opens another where all are in use."""

    def __init__(self, path: str, headers: Mapping[str, str], silence_s: float) -> None:
        self._path = path
        self._headers = dict(headers)
        self._silence_s = silence_s
        self._kept: list[_Connection] = []
        # Nobody says when the last call was: the connections go with what keeps them.
        weakref.finalize(self, _close_all, self._kept)

    def be_patient(self, silence_s: float) -> None:
        """Change the patience of later calls."""
        self._silence_s = silence_s

    def call(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        *,
        longer_s: float = 0,
    ) -> Answer:
        """Ask on a connection that is free. A call that failed is never made again."""
        request = _request(method, target, body, self._headers)
        connection = self._connection()
        try:
            answer = connection.exchange(request, method, self._silence_s + longer_s)
        except BaseException:
            connection.close()
            raise
        if connection.stays_open and len(self._kept) < _MOST_KEPT:
            self._kept.append(connection)
        else:
            connection.close()
        return answer

    def _connection(self) -> _Connection:
        while self._kept:
            try:
                kept = self._kept.pop()
            except IndexError:  # another thread was quicker
                break
            if kept.is_quiet():
                return kept
            kept.close()
        return _Connection(self._path, self._silence_s)


def _close_all(connections: list[_Connection]) -> None:
    for connection in connections:
        connection.close()


def _request(method: str, target: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    elif method != "GET":
        lines.append("Content-Length: 0")
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class _Connection:
    """One connection, for one call at a time."""

    def __init__(self, path: str, silence_s: float) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(silence_s)
        self._received = bytearray()
        self.stays_open = True
        try:
            self._socket.connect(path)
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()

    def is_quiet(self) -> bool:
        """Whether nothing came while it was kept: an engine that went away, or a stray answer."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return not self._received and not poll.poll(0)

    def exchange(self, request: bytes, method: str, silence_s: float) -> Answer:
        """Send a request and take in its answer."""
        self._socket.settimeout(silence_s)
        self._socket.sendall(request)
        status, headers = self._head()
        while status in _CONTINUED:
            status, headers = self._head()
        self.stays_open = headers.get("connection", "").lower() != "close"
        return Answer(status, self._body(status, method, headers))

    def _body(self, status: int, method: str, headers: Mapping[str, str]) -> bytes:
        if method == "HEAD" or status in _BODILESS:
            return b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        if "content-length" in headers:
            return self._take(_whole_number(headers["content-length"], base=10))
        self.stays_open = False
        return self._rest()

    def _head(self) -> tuple[int, dict[str, str]]:
        """The status and the headers, their names in lower case."""
        first, *lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status_line = _STATUS_LINE.fullmatch(first)
        if status_line is None:
            raise ConnectionError("the answer is not of HTTP/1")
        parts = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in parts}
        if status_line[1] == "0":
            headers.setdefault("connection", "close")
        return int(status_line[2]), headers

    def _chunks(self) -> bytes:
        content = bytearray()
        while size := self._chunk_size():
            if len(content) + size > LARGEST_ANSWER:
                raise TooLarge
            content += self._take(size)
            self._end_of_line()
        while self._until(b"\r\n"):
            pass  # trailers
        return bytes(content)

    def _chunk_size(self) -> int:
        line = self._until(b"\r\n").decode("latin-1")
        return _whole_number(line.partition(";")[0], base=16)

    def _end_of_line(self) -> None:
        if self._take(2) != b"\r\n":
            raise ConnectionError("a chunk of the answer has no end")

    def _rest(self) -> bytes:
        while len(self._received) <= LARGEST_ANSWER:
            if not self._receive(may_end=True):
                return self._take(len(self._received))
        raise TooLarge

    def _take(self, size: int) -> bytes:
        if size > LARGEST_ANSWER:
            raise TooLarge
        while len(self._received) < size:
            self._receive()
        content = bytes(self._received[:size])
        del self._received[:size]
        return content

    def _until(self, mark: bytes) -> bytes:
        """What comes before a mark, which is taken, too."""
        searched = 0
        while (end := self._received.find(mark, searched)) < 0:
            if len(self._received) > _LONGEST_HEAD:
                raise ConnectionError("a line of the answer has no end")
            searched = max(0, len(self._received) - len(mark))
            self._receive()
        content = bytes(self._received[:end])
        del self._received[: end + len(mark)]
        return content

    def _receive(self, *, may_end: bool = False) -> bool:
        """Take in what comes next; False at the end."""
        chunk = self._socket.recv(_CHUNK)
        if not chunk and not may_end:
            raise ConnectionResetError("the engine ended the connection in the middle")
        self._received += chunk
        return bool(chunk)


def _whole_number(text: str, *, base: int) -> int:
    digits = text.strip(" \t")
    if not _DIGITS[base].fullmatch(digits):
        raise ConnectionError("a number of the answer is none")
    return int(digits, base)
