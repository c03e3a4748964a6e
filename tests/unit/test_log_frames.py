from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.engine.protocol.watcher import LogLine
from multi_instance_manager.engine.wire import log_frames
from multi_instance_manager.engine.wire.log_frames import LONGEST_PIECE, LogFrames
from multi_instance_manager.http.exchange import Exchange
from multi_instance_manager.text.redactor import Redactor
from multi_instance_manager.text.secret import MASK
from multi_instance_manager.text.times import ns_of, stamp_of

NOBODY = Redactor((), ())
FIRST = ns_of("2026-11-26T00:01:34.453387522Z")


def frame(text: bytes, at_ns: int = FIRST, source: int = 1) -> bytes:
    message = stamp_of(at_ns).encode() + b" " + text
    return bytes([source, 0, 0, 0]) + len(message).to_bytes(4, "big") + message


def lines_of(*portions: bytes, redactor: Redactor = NOBODY) -> list[LogLine]:
    frames = LogFrames(redactor)
    return [line for portion in portions for line in frames.feed(portion)]


def portioned(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[i:j] for i, j in zip([0, *ends], [*ends, len(data)], strict=True)]


def test_both_outputs_are_read_each_with_its_moment() -> None:
    said = frame(b"b\n", source=2) + frame(b"a\n", FIRST + 7)

    assert lines_of(said) == [LogLine(FIRST, "b", "stderr"), LogLine(FIRST + 7, "a")]


def test_the_pieces_of_a_line_that_the_engine_cut_are_put_together_again() -> None:
    said = frame(b"x" * 16384) + frame(b"between\n", FIRST + 1, source=2) + frame(b"y\n")

    assert lines_of(said) == [
        LogLine(FIRST + 1, "between", "stderr"),
        LogLine(FIRST, "x" * 16384 + "y"),
    ]


def test_a_last_word_without_an_end_is_not_joined_to_the_next_run() -> None:
    assert lines_of(frame(b"no newline"), frame(b"profile\n", FIRST + 1)) == [
        LogLine(FIRST, "no newline"),
        LogLine(FIRST + 1, "profile"),
    ]


def test_what_has_no_end_when_the_stream_ends_is_its_remainder() -> None:
    frames = LogFrames(NOBODY)

    assert list(frames.feed(frame(b"no newline"))) == []
    assert frames.remainder() == (LogLine(FIRST, "no newline"),)
    assert list(frames.feed(frame(b"\n"))) == [LogLine(FIRST, "no newline")]


def test_a_terminals_log_has_no_headers() -> None:
    stamp = stamp_of(FIRST).encode()

    assert lines_of(stamp + b" a\r\n" + stamp + b" b\r\n") == [
        LogLine(FIRST, "a"),
        LogLine(FIRST, "b"),
    ]


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert lines_of(frame(b"\xff\x00ok\n"))[0].text == "�\x00ok"


def test_a_line_of_megabytes_comes_in_pieces_that_lose_nothing() -> None:
    text = "ä" * (3 * LONGEST_PIECE // 2)
    encoded = text.encode() + b"\n"
    said = [frame(encoded[i : i + 16384]) for i in range(0, len(encoded), 16384)]

    pieces = lines_of(*said)

    assert "".join(piece.text for piece in pieces) == text
    assert [piece.continued for piece in pieces] == [False] + [True] * (len(pieces) - 1)
    assert max(len(piece.text.encode()) for piece in pieces) <= LONGEST_PIECE + 64


def test_a_key_across_the_cut_of_a_long_line_is_blotted_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, longest = "sk-a-key-of-twenty-eight-chars", 512
    monkeypatch.setattr(log_frames, "LONGEST_PIECE", longest)
    for before in range(longest - 40, longest + 41):
        text = b"x" * before + key.encode() + b"y" * longest + b"\n"

        pieces = lines_of(frame(text[:before]), frame(text[before:]), redactor=Redactor((key,), ()))

        said = "".join(piece.text for piece in pieces)
        assert said == "x" * before + MASK + "y" * longest
        assert len(pieces) > 1, "the line is cut"


LINES = st.lists(
    st.tuples(
        st.binary(max_size=60).map(lambda b: b.replace(b"\n", b" ")), st.sampled_from([1, 2])
    ),
    max_size=12,
)


@given(lines=LINES, cuts=st.lists(st.integers(0, 2000), max_size=20))
def test_the_lines_are_the_same_in_whatever_portions_they_come(
    lines: list[tuple[bytes, int]], cuts: list[int]
) -> None:
    data = b"".join(frame(text + b"\n", FIRST + n, s) for n, (text, s) in enumerate(lines))

    assert lines_of(*portioned(data, cuts)) == lines_of(data)
    assert len(lines_of(data)) == len(lines)


@given(
    body=st.binary(max_size=300),
    sizes=st.lists(st.integers(1, 40), max_size=20),
    cuts=st.lists(st.integers(0, 2000), max_size=20),
)
def test_a_chunked_answer_is_the_same_in_whatever_portions_it_comes(
    body: bytes, sizes: list[int], cuts: list[int]
) -> None:
    chunks, rest = [], body
    for size in [*sizes, len(body) + 1]:
        if rest:
            piece, rest = rest[:size], rest[size:]
            chunks.append(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)
    http = Exchange("GET", "/logs", {"Host": "localhost"})

    read = b"".join(http.feed(p) for p in portioned(answer + b"0\r\n\r\n", cuts) if p)

    assert read == body
    assert http.status == 200
    assert http.is_complete


def test_an_answer_of_known_length_is_complete_by_its_length() -> None:
    http = Exchange("GET", "/logs", {"Host": "localhost"})

    assert http.feed(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}") == b"{}"
    assert (http.status, http.is_complete) == (404, True)


def test_a_stream_that_breaks_off_in_a_chunk_is_not_complete() -> None:
    http = Exchange("GET", "/logs", {"Host": "localhost"})
    http.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")

    with pytest.raises(ConnectionError):
        http.feed(b"")
