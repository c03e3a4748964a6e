"""A proxy on a unix socket in front of a real engine, which does what a healthy engine never does.

Transparent until it is told to break a call. It understands HTTP/1.1 well enough to see where each
request and each answer ends, so that it can count calls, name them, and spoil a single one.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

ENGINE = "/var/run/docker.sock"
_UPGRADED = 101
_NO_BODY = {204, 304}
_REASONS = {409: "Conflict", 500: "Internal Server Error", 503: "Service Unavailable"}


class How(Enum):
    """How a call is spoilt. What begins with DONE reached the engine: it did what was asked."""

    CONFLICT = "409 without being done"
    ERROR = "500 without being done"
    UNAVAILABLE = "503 without being done"
    DONE_ERROR = "500 although it was done"
    DELAYED = "a late answer"
    RESET = "the connection closed without being done"
    DONE_RESET = "the connection closed although it was done"
    CUT = "the answer broken off in its middle"
    TRUNCATED = "an answer of half its length"
    HUNG = "no answer, without being done"
    DONE_HUNG = "no answer, although it was done"
    KILLED = "the manager killed before it"
    DONE_KILLED = "the manager killed after it"
    GONE = "the engine gone from then on"


_STATUS = {How.CONFLICT: 409, How.ERROR: 500, How.UNAVAILABLE: 503, How.DONE_ERROR: 500}
_NOT_DONE = {
    How.CONFLICT,
    How.ERROR,
    How.UNAVAILABLE,
    How.RESET,
    How.HUNG,
    How.KILLED,
    How.GONE,
}


@dataclass(frozen=True)
class Call:
    """One call as the engine meets it. ``shape`` is the same for every container and version."""

    number: int
    shape: str
    pid: int

    @property
    def changes(self) -> bool:
        return not self.shape.startswith(("GET", "HEAD"))


@dataclass
class Fault:
    """Spoils the ``occurrence``-th call whose shape matches (the whole of it), counted from 1."""

    how: How
    shape: str = ".*"
    occurrence: int = 1
    delay_s: float = 1.0
    lasts: bool = False
    """Spoils every later one, too."""
    met: Call | None = None
    _seen: int = 0

    def hits(self, call: Call) -> bool:
        if not re.fullmatch(self.shape, call.shape):
            return False
        self._seen += 1
        return self._seen == self.occurrence or (self.lasts and self._seen > self.occurrence)


@dataclass(frozen=True)
class _Message:
    """A request or an answer: its head as it came, and its whole body as it came."""

    head: bytes
    body: bytes
    until_the_end: bool = False
    """Only the end of the connection ends it."""

    @property
    def first(self) -> list[str]:
        return self.head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)


@dataclass
class Faulty:
    """The proxy. ``after_call`` is told of each call that the engine has answered."""

    path: Path
    engine: str = ENGINE
    after_call: Callable[[Call], None] = lambda _: None
    calls: list[Call] = field(default_factory=list)
    injected: Counter[How] = field(default_factory=Counter)
    _fault: Fault | None = None
    _gone: bool = False
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: set[socket.socket] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    def inject(self, fault: Fault) -> Fault:
        """Spoil one call from now on."""
        with self._lock:
            self._fault = fault
        return fault

    def heal(self) -> None:
        """Be transparent again, let go of every hung call, and forget the calls so far."""
        with self._lock:
            self._fault, self._gone = None, False
            self._over.set()
            self._over = threading.Event()
            self.calls.clear()

    def __enter__(self) -> Faulty:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()
        self.heal()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            _close(connection)
        with suppress(FileNotFoundError):
            self.path.unlink()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        engine = socket.socket(socket.AF_UNIX)
        with self._lock:
            self._open |= {client, engine}
        try:
            with suppress(OSError, EOFError):
                engine.connect(self.engine)
                self._relay(client, engine)
        finally:
            with self._lock:
                self._open -= {client, engine}
            _close(client)
            _close(engine)

    def _relay(self, client: socket.socket, engine: socket.socket) -> None:
        """Every call of one connection, one after the other; ends when either side has gone."""
        asked, answered = client.makefile("rb"), engine.makefile("rb")
        pid = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        while (request := _read(asked, is_answer=False)) is not None:
            call, fault, over = self._note(request, pid)
            if fault is None or fault.how is How.DELAYED:
                if fault:
                    over.wait(fault.delay_s)
                answer = _forward(request, engine, answered)
                self.after_call(call)
                client.sendall(answer.head + answer.body)
                if int(answer.first[1]) == _UPGRADED:
                    _pass_on(asked, engine)
                    _copy(answered, client)
                    return
                if answer.until_the_end:
                    return
                continue
            lost: _Message | None = None
            if fault.how not in _NOT_DONE:
                lost = _forward(request, engine, answered)
                self.after_call(call)
            if not _spoil(fault.how, call, client, lost, over):
                return

    def _note(self, request: _Message, pid: int) -> tuple[Call, Fault | None, threading.Event]:
        with self._lock:
            method, target, _ = request.first
            call = Call(len(self.calls) + 1, f"{method} {_shape(target)}", pid)
            self.calls.append(call)
            fault = self._fault
            if self._gone:
                return call, Fault(How.GONE), self._over
            if fault is None or not fault.hits(call):
                return call, None, self._over
            fault.met = fault.met or call
            self.injected[fault.how] += 1
            self._gone = fault.how is How.GONE
            return call, fault, self._over


def _spoil(
    how: How, call: Call, client: socket.socket, answer: _Message | None, over: threading.Event
) -> bool:
    """Answer wrongly, or not at all; whether the connection goes on."""
    if how in _STATUS:
        client.sendall(_refusal(_STATUS[how]))
        return True
    if how is How.CUT and answer:
        client.sendall(answer.head + answer.body[: len(answer.body) // 2])
    if how is How.TRUNCATED and answer:
        half = _content(answer)[: len(_content(answer)) // 2]
        client.sendall(_with_content(answer, half))
        return True
    if how in {How.HUNG, How.DONE_HUNG}:
        over.wait()
    if how in {How.KILLED, How.DONE_KILLED}:
        with suppress(ProcessLookupError):
            os.kill(call.pid, signal.SIGKILL)
    return False


def _shape(target: str) -> str:
    """A path without API version, names and query: ``/containers/*/stop``."""
    path = re.sub(r"^/v[0-9.]+/", "/", target.partition("?")[0])
    return re.sub(
        r"^/(containers|images|exec)/(?!json$|create$)(.+?)(?=/[a-z]+$|$)", r"/\1/*", path
    )


def _read(file: BinaryIO, *, is_answer: bool, to_head: bool = False) -> _Message | None:
    """One message with its whole body, or None at the end of the connection."""
    lines = []
    while (line := file.readline()) not in {b"\r\n", b""}:
        lines.append(line)
    if not line:
        return None
    head = b"".join(lines) + b"\r\n"
    fields = {
        name.strip().lower(): value.strip().lower()
        for name, _, value in (entry.decode("latin-1").partition(":") for entry in lines[1:])
    }
    status = int(lines[0].split()[1]) if is_answer else 0
    if to_head or status in _NO_BODY or 100 <= status < 200:
        return _Message(head, b"")
    if fields.get("transfer-encoding") == "chunked":
        return _Message(head, b"".join(_chunks(file)))
    if "content-length" in fields:
        return _Message(head, file.read(int(fields["content-length"])))
    return _Message(head, file.read(), until_the_end=True) if is_answer else _Message(head, b"")


def _chunks(file: BinaryIO) -> list[bytes]:
    """A chunked body as it came, sizes included."""
    parts = []
    while True:
        line = file.readline()
        size = int(line.split(b";")[0] or b"0", 16)
        parts += [line, file.read(size + 2)]
        if size == 0:
            return parts


def _forward(request: _Message, engine: socket.socket, answered: BinaryIO) -> _Message:
    engine.sendall(request.head + request.body)
    answer = _read(answered, is_answer=True, to_head=request.first[0] == "HEAD")
    if answer is None:
        raise EOFError
    return answer


def _pass_on(source: BinaryIO, target: socket.socket) -> None:
    """Copy one half of a connection that speaks HTTP no more, beside the other half."""
    threading.Thread(target=_copy, args=(source, target), daemon=True).start()


def _copy(source: BinaryIO, target: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while content := source.read1(65536):  # type: ignore[attr-defined]
            target.sendall(content)


def _content(answer: _Message) -> bytes:
    """The body without the sizes of its chunks."""
    if b"chunked" not in answer.head.lower():
        return answer.body
    content, rest = b"", answer.body
    while True:
        line, _, rest = rest.partition(b"\r\n")
        size = int(line.split(b";")[0] or b"0", 16)
        if size == 0:
            return content
        content, rest = content + rest[:size], rest[size + 2 :]


def _with_content(answer: _Message, content: bytes) -> bytes:
    kept = [
        line
        for line in answer.head.split(b"\r\n")[:-2]
        if not line.lower().startswith((b"content-length", b"transfer-encoding"))
    ]
    if int(answer.first[1]) not in _NO_BODY:
        kept.append(f"Content-Length: {len(content)}".encode())
    return b"\r\n".join(kept) + b"\r\n\r\n" + content


def _refusal(status: int) -> bytes:
    body = b'{"message":"injected by the tests"}'
    return (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def _close(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
