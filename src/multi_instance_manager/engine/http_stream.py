"""The answer to one HTTP request, taken apart as its bytes come. Pure; knows no sockets.

The HTTP library reads with calls that wait; a hundred streams in one thread need one that never
does.
"""

from __future__ import annotations

_LONGEST_HEAD = 64 * 1024
_END_OF_HEAD = b"\r\n\r\n"


class BadAnswer(ValueError):
    """What came is not HTTP."""


class HttpStream:
    """Feed it bytes in any portions; it gives the body's. ``status`` is None before the head."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.complete = False
        self._buffer = bytearray()
        self._chunked = False
        self._left: int | None = None

    def feed(self, data: bytes) -> bytes:
        """The part of the body that these bytes bring; raises `BadAnswer`."""
        self._buffer += data
        if self.status is None and not self._read_head():
            return b""
        return self._chunks() if self._chunked else self._plain()

    def close(self) -> None:
        """The other side has ended: a body of unknown length is complete by that."""
        if self.status is not None and not self._chunked and self._left is None:
            self.complete = True

    def _read_head(self) -> bool:
        head, end, rest = bytes(self._buffer).partition(_END_OF_HEAD)
        if not end:
            if len(head) > _LONGEST_HEAD:
                raise BadAnswer("an endless head")
            return False
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ", 2)
        if not first.startswith("HTTP/1.") or len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004  # version and status
            raise BadAnswer("no status line")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        self.status = int(words[1])
        self._chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        length = headers.get("content-length", "")
        self._left = int(length) if length.isdigit() and not self._chunked else None
        self._buffer = bytearray(rest)
        return True

    def _plain(self) -> bytes:
        take = len(self._buffer) if self._left is None else min(self._left, len(self._buffer))
        body = bytes(self._buffer[:take])
        del self._buffer[:take]
        if self._left is not None:
            self._left -= take
            self.complete = self._left == 0
        return body

    def _chunks(self) -> bytes:
        """``_left`` counts what is missing of a chunk and the line end after it."""
        body = bytearray()
        while not self.complete:
            if self._left is None and not self._begin_chunk():
                break
            left = self._left or 0
            take = min(left, len(self._buffer))
            body += self._buffer[: max(0, min(take, left - 2))]
            del self._buffer[:take]
            self._left = left - take or None
            if self._left:
                break
        return bytes(body)

    def _begin_chunk(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > _LONGEST_HEAD:
                raise BadAnswer("a chunk without a size")
            return False
        size = bytes(self._buffer[:end]).partition(b";")[0].strip()
        del self._buffer[: end + 2]
        try:
            length = int(size, 16)
        except ValueError:
            raise BadAnswer("a chunk without a size") from None
        self.complete = length == 0
        self._left = length + 2
        return True
