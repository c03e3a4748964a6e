"""One GET on an instance's API, within a deadline whatever the other side does.

Only the status line is read: an answer that trickles in, or never ends, cannot keep the manager.
That is why no HTTP library is used here: their time-outs begin anew with every byte.
"""

from __future__ import annotations

import re
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    from multi_instance_manager.secret import Secret

LONGEST_LINE = 4096
LARGEST_ANSWER = 64 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*(?:\r\n|$)")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]*\r\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r?\n")


class Answer(msgspec.Struct, frozen=True):
    """``status`` is None where nobody answered; ``fault`` then says why."""

    status: int | None
    fault: str = ""

    @property
    def said(self) -> str:
        """What happened, in words that follow a name: ``answers 503``, ``refuses connections``."""
        return f"answers {self.status}" if self.status else self.fault


def get(url: str, *, timeout_s: float, key: Secret | None = None) -> Answer:
    """Ask once; the whole exchange takes ``timeout_s`` at most."""
    parts = urlsplit(url)
    deadline = time.monotonic() + timeout_s
    try:
        address = (parts.hostname or "", parts.port or 80)
        with socket.create_connection(address, timeout=timeout_s) as connection:
            connection.sendall(request_of(url, key))
            return answer_of(_first_line(connection, deadline))
    except OSError as problem:
        return fault_answer(problem)


def get_all(url: str, *, timeout_s: float) -> tuple[Answer, bytes]:
    """Ask once and read the answer's body, too, as far as it comes in time, up to a bound."""
    parts = urlsplit(url)
    deadline = time.monotonic() + timeout_s
    received, fault = b"", ""
    try:
        address = (parts.hostname or "", parts.port or 80)
        with socket.create_connection(address, timeout=timeout_s) as connection:
            connection.sendall(request_of(url))
            while len(received) < LARGEST_ANSWER and (left := deadline - time.monotonic()) > 0:
                connection.settimeout(left)
                if not (chunk := connection.recv(LARGEST_ANSWER)):
                    break
                received += chunk
    except OSError as problem:
        fault = _fault(problem)
    if fault and not received:
        return Answer(None, fault=fault), b""
    return answer_of(received), received.partition(b"\r\n\r\n")[2]


def request_of(url: str, key: Secret | None = None, body: bytes = b"") -> bytes:
    """What is sent to ask for an address: a GET, or a POST of a body of JSON."""
    parts = urlsplit(url)
    path = parts.path or "/"
    method = "POST" if body else "GET"
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Accept: */*",
        "Connection: close",
    ]
    if key:
        lines.append(f"Authorization: Bearer {key.reveal()}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _first_line(connection: socket.socket, deadline: float) -> bytes:
    received = b""
    while b"\n" not in received and len(received) < LONGEST_LINE:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        chunk = connection.recv(LONGEST_LINE)
        if not chunk:
            break
        received += chunk
    return received


def answer_of(received: bytes) -> Answer:
    """What a first line means."""
    if not received:
        return Answer(None, fault="closes the connection")
    match = _STATUS_LINE.match(received)
    return Answer(int(match[1])) if match else Answer(None, fault="does not speak HTTP")


def body_of(received: bytes, *, is_over: bool) -> bytes | None:
    """The body of an answer that was asked to close, or None while it may still go on.

    ``is_over`` says that nothing more comes. Chunks are put together.
    """
    head, separator, rest = received.partition(b"\r\n\r\n")
    if not separator:
        return None
    headers = head.lower()
    if _CHUNKED.search(headers):
        return _joined(rest)
    length = _LENGTH.search(headers)
    if length is None:
        return rest if is_over else None
    return rest[: int(length[1])] if len(rest) >= int(length[1]) else None


def _joined(chunks: bytes) -> bytes | None:
    """What the chunks hold, or None unless the last one has come."""
    content = b""
    while match := _CHUNK_SIZE.match(chunks):
        size = int(match[1], 16)
        if not size:
            return content
        content += chunks[match.end() : match.end() + size]
        chunks = chunks[match.end() + size + 2 :]
    return None


def fault_answer(problem: OSError) -> Answer:
    """What an error means: nobody answered."""
    return Answer(None, fault=_fault(problem))


def _fault(problem: OSError) -> str:
    if isinstance(problem, TimeoutError):
        return "does not answer in time"
    if isinstance(problem, ConnectionRefusedError):
        return "refuses connections"
    if isinstance(problem, ConnectionResetError | BrokenPipeError):
        return "closes the connection"
    return f"cannot be reached ({problem.strerror or type(problem).__name__})"
