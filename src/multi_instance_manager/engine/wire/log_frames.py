"""A container's log as the engine streams it, put together to lines with their moments. Pure.

Each message comes as a frame: a header of eight bytes, the moment, a space, the text. The engine
cuts lines at 16 KB; the pieces bear one moment, and the last of them ends in a newline. What a
process wrote last, without an end, has none: the next message bears another moment. A container
with a terminal sends the same without headers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from multi_instance_manager.engine.protocol.watcher import LogLine
from multi_instance_manager.text.times import ns_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.engine.protocol.watcher import Masking


LONGEST_PIECE = 256 * 1024
_HEADER = 8
_SOURCES = {0: "stdout", 1: "stdout", 2: "stderr", 3: "engine"}
_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT[0-9:.]{8,18}(?:Z|[+-]\d\d:\d\d)) ")
_LONGEST_STAMP = 40


class LogFrames:
    """Feed it the body in any portions; it gives the lines that are complete."""

    def __init__(self, masking: Masking) -> None:
        self._buffer = bytearray()
        self._has_headers: bool | None = None
        self._left = 0
        self._stamp_is_due = False
        self._open = _OpenLine(masking, "stdout")
        self._lines = {
            "stdout": self._open,
            "stderr": _OpenLine(masking, "stderr"),
            "engine": _OpenLine(masking, "engine"),
        }

    def feed(self, data: bytes) -> Iterator[LogLine]:
        """The lines that these bytes complete."""
        self._buffer += data
        if self._has_headers is None and self._buffer:
            # Without headers the first byte is a digit of the moment.
            self._has_headers = self._buffer[0] in _SOURCES
        yield from self._frames() if self._has_headers else self._bare()

    def remainder(self) -> tuple[LogLine, ...]:
        """What has begun and has no end; the lines stay as they are."""
        return tuple(line for source in self._lines.values() for line in source.remainder())

    def _frames(self) -> Iterator[LogLine]:
        while self._left or len(self._buffer) >= _HEADER:
            if not self._left:
                source = _SOURCES.get(self._buffer[0], "stdout")
                self._open = self._lines[source]
                self._left = int.from_bytes(self._buffer[4:_HEADER], "big")
                self._stamp_is_due = True
                del self._buffer[:_HEADER]
            if self._stamp_is_due:
                if len(self._buffer) < min(self._left, _LONGEST_STAMP):
                    return
                yield from self._take_stamp()
            piece = bytes(self._buffer[: self._left])
            del self._buffer[: len(piece)]
            self._left -= len(piece)
            yield from self._open.add(piece)
            if self._left:
                return

    def _take_stamp(self) -> Iterator[LogLine]:
        found = _STAMP.match(self._buffer[: min(self._left, _LONGEST_STAMP)])
        self._stamp_is_due = False
        if found:
            del self._buffer[: found.end()]
            self._left -= found.end()
            yield from self._open.begin(ns_of(found[1].decode()))

    def _bare(self) -> Iterator[LogLine]:
        while self._buffer:
            if self._open.is_at_its_start:
                whole = b"\n" in self._buffer or len(self._buffer) >= _LONGEST_STAMP
                if not whole:
                    return
                self._left = len(self._buffer)
                yield from self._take_stamp()
                self._left = 0
            end = self._buffer.find(b"\n") + 1 or len(self._buffer)
            piece = bytes(self._buffer[:end])
            del self._buffer[:end]
            yield from self._open.add(piece)


class _OpenLine:
    """The line that one source is writing."""

    def __init__(self, masking: Masking, source: str) -> None:
        self._masking = masking
        self._source = source
        self._at_ns = 0
        self._bytes = bytearray()
        self._continued = False

    @property
    def is_at_its_start(self) -> bool:
        return not self._bytes and not self._continued

    def begin(self, at_ns: int) -> Iterator[LogLine]:
        """A message of that moment comes; a line of another moment is over by that."""
        if at_ns != self._at_ns and not self.is_at_its_start:
            yield self._close(bytes(self._bytes))
        self._at_ns = at_ns

    def add(self, piece: bytes) -> Iterator[LogLine]:
        *ended, rest = piece.split(b"\n")
        for text in ended:
            self._bytes += text
            yield from self._cut()
            yield self._close(bytes(self._bytes))
        self._bytes += rest
        yield from self._cut()

    def remainder(self) -> Iterator[LogLine]:
        if self._bytes:
            yield self._line(bytes(self._bytes))

    def _cut(self) -> Iterator[LogLine]:
        """Give pieces of what is too long; where they are cut depends on the text alone.

        Secrets are taken out first, and what could be the beginning of one stays: no cut goes
        through a secret, unless it is as long as a piece itself.
        """
        held = max(_LONGEST_STAMP, min(self._masking.longest, LONGEST_PIECE))
        if len(self._bytes) < LONGEST_PIECE + held:
            return
        self._bytes = bytearray(self._masking.log_line(bytes(self._bytes)))
        while len(self._bytes) >= LONGEST_PIECE + held:
            end = LONGEST_PIECE
            while self._bytes[end] & 0xC0 == 0x80 and end > LONGEST_PIECE - 4:  # noqa: PLR2004  # inside a character
                end -= 1
            yield self._line(bytes(self._bytes[:end]))
            del self._bytes[:end]
            self._continued = True

    def _close(self, text: bytes) -> LogLine:
        line = self._line(text.removesuffix(b"\r"))
        self._bytes.clear()
        self._continued = False
        return line

    def _line(self, text: bytes) -> LogLine:
        said = self._masking.log_line(text).decode(errors="replace")
        return LogLine(self._at_ns, said, self._source, self._continued)
