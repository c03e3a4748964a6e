"""A server that plays what a test wrote, on a unix socket or a port of this machine.

It speaks no HTTP of its own: only so can it cut, stall and talk nonsense at any byte.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_PATIENCE_S = 30
_DROP_EVERY_S = 0.002
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")

Play = Callable[["Line"], None]


class Line:
    """One connection, from the server's side; ``number`` counts them from 0."""

    def __init__(self, server: ScriptedServer, connection: socket.socket, number: int) -> None:
        self._server = server
        self._connection = connection
        self.number = number

    def request(self) -> bytes:
        """Take in a whole request; empty once the client has gone."""
        received = b""
        while not _is_whole(received):
            chunk = self._connection.recv(64 * 1024)
            if not chunk:
                return b""
            received += chunk
        self._server.requests.append((self.number, received))
        return received

    def say(self, *pieces: bytes) -> None:
        """Send each piece by itself."""
        for piece in pieces:
            self._connection.sendall(piece)

    def wait_for_anything(self) -> None:
        """Take in what comes first, whatever it is."""
        self._connection.recv(64 * 1024)

    def wait_for_the_end(self) -> None:
        """Say nothing more until the client has gone."""
        while self._connection.recv(64 * 1024):
            pass


class ScriptedServer:
    """Plays the script of a connection in a thread of that connection, and then ends it."""

    def __init__(self, listener: socket.socket, play: Play) -> None:
        self.requests: list[tuple[int, bytes]] = []
        self._listener = listener
        self._play = play
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    @classmethod
    def on_socket(cls, path: Path, play: Play) -> Self:
        """A server of a unix socket."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        return cls(listener, play)

    @classmethod
    def on_port(cls, play: Play, host: str = "127.0.0.1") -> Self:
        """A server of a port that is free."""
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.bind((host, 0))
        return cls(listener, play)

    @property
    def port(self) -> int:
        """The port that was free."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._listener.listen(512)
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _shut(self._listener)
        self._threads[0].join(_PATIENCE_S)
        for connection in self._connections:
            _shut(connection)
        self.wait_until_all_has_been_played()
        self._listener.close()

    def wait_until_all_has_been_played(self) -> None:
        """Return once the server has ended every connection that it took."""
        for thread in self._threads[1:]:
            thread.join(_PATIENCE_S)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                line = Line(self, connection, len(self._connections))
                self._connections.append(connection)
                thread = threading.Thread(target=self._answer, args=(line, connection))
                self._threads.append(thread)
                thread.start()

    def _answer(self, line: Line, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self._play(line)


def answers(*content: bytes) -> Play:
    """Answer each request of a connection with the next of these, and end it after the last."""

    def play(line: Line) -> None:
        for one in content:
            if line.request():
                line.say(one)

    return play


def again_and_again(content: bytes) -> Play:
    """Answer every request alike, for as long as the client stays."""

    def play(line: Line) -> None:
        while line.request():
            line.say(content)

    return play


def falls_silent_after(content: bytes) -> Play:
    """Answer with so much, and keep the connection."""

    def play(line: Line) -> None:
        line.request()
        line.say(content)
        line.wait_for_the_end()

    return play


class Trickle:
    """Answers with so much, and then with one byte after the other for as long as the client stays.

    It does not go on for ever: ``outlasted`` tells whether the client would have.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.outlasted = False

    def __call__(self, line: Line) -> None:
        """Play it."""
        line.wait_for_anything()
        line.say(self._content)
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            line.say(b"x")
            time.sleep(_DROP_EVERY_S)
        self.outlasted = True


def plain(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer with its length."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(*chunks: bytes) -> bytes:
    """An answer in chunks."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (*chunks, b""))


def _is_whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


def _shut(connection: socket.socket) -> None:
    """Wake whoever waits on it; a socket that was closed meanwhile needs no waking."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
