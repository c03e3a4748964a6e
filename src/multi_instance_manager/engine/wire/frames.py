"""The frames in which an engine sends output and errors over one connection. Pure.

A frame is one byte for the stream, three of nothing, four for the length, and the content.
"""

from __future__ import annotations

import struct

from multi_instance_manager.engine.protocol.exec import OutputStream, Piece

_HEADER = struct.Struct(">BxxxL")


class Frames:
    """Takes the bytes as they come; content is passed on at once, not kept until a frame ends."""

    def __init__(self) -> None:
        self._header = b""
        self._stream = OutputStream.OUTPUT
        self._left = 0

    def feed(self, received: bytes) -> list[Piece]:
        """The pieces of output in what was received."""
        pieces = []
        while received:
            if not self._left:
                received = self._take_header(received)
            content, received = received[: self._left], received[self._left :]
            self._left -= len(content)
            if content:
                pieces.append(Piece(self._stream, content))
        return pieces

    def _take_header(self, received: bytes) -> bytes:
        missing = _HEADER.size - len(self._header)
        self._header += received[:missing]
        if len(self._header) == _HEADER.size:
            number, self._left = _HEADER.unpack(self._header)
            # Beyond output and errors there is the engine's own word on what went wrong.
            self._stream = (
                OutputStream.OUTPUT if number <= OutputStream.OUTPUT else OutputStream.ERROR
            )
            self._header = b""
        return received[missing:]
