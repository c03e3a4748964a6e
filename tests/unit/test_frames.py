from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.engine.protocol.exec import OutputStream, Piece
from multi_instance_manager.engine.wire.frames import Frames

PIECES = st.lists(st.tuples(st.sampled_from([0, 1, 2, 3]), st.binary(max_size=40)), max_size=8)


def framed(number: int, content: bytes) -> bytes:
    return struct.pack(">BxxxL", number, len(content)) + content


def gathered(pieces: list[Piece]) -> dict[OutputStream, bytes]:
    return {
        stream: b"".join(piece.content for piece in pieces if piece.stream is stream)
        for stream in OutputStream
    }


@given(PIECES, st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=200))
def test_output_and_errors_come_apart_however_the_bytes_arrive(
    frames: list[tuple[int, bytes]], steps: list[int]
) -> None:
    raw = b"".join(framed(number, content) for number, content in frames)
    parser, pieces = Frames(), []
    for step in steps:
        pieces += parser.feed(raw[:step])
        raw = raw[step:]
    pieces += parser.feed(raw)

    assert gathered(pieces) == {
        OutputStream.OUTPUT: b"".join(content for number, content in frames if number <= 1),
        OutputStream.ERROR: b"".join(content for number, content in frames if number > 1),
    }


def test_a_large_frame_is_passed_on_before_it_is_whole() -> None:
    parser = Frames()

    pieces = parser.feed(struct.pack(">BxxxL", 1, 2**31) + b"begun")

    assert pieces == [Piece(OutputStream.OUTPUT, b"begun")]
