"""Calls over a socket: what an answer may look like, and what is made of one that is none."""

from __future__ import annotations

import gc
import queue
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.engine.wire import http_calls
from multi_instance_manager.engine.wire.http_calls import AnswerTooLarge, EngineAnswer, HttpCalls
from multi_instance_manager.engine.wire.transport import SocketTransport
from multi_instance_manager.http.exchange import BadAnswer, Exchange
from unit.scripted_server import (
    Line,
    Play,
    ScriptedServer,
    again_and_again,
    answers,
    chunked,
    falls_silent_after,
    plain,
)

PATIENCE_S = 30
SHORT_S = 0.05
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def calls_to(
    path: Path, silence_s: float = PATIENCE_S, headers: dict[str, str] | None = None
) -> HttpCalls:
    return HttpCalls(
        SocketTransport({"Host": "localhost", **(headers or {})}, str(path)), silence_s
    )


class Way:
    """A server of a socket, and calls to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.server: ScriptedServer

    @contextmanager
    def to(
        self, play: Play, silence_s: float = PATIENCE_S, headers: dict[str, str] | None = None
    ) -> Iterator[HttpCalls]:
        self._path.unlink(missing_ok=True)
        with ScriptedServer.on_socket(self._path, play) as self.server:
            yield HttpCalls(
                SocketTransport({"Host": "localhost", **(headers or {})}, str(self._path)),
                silence_s,
            )

    @property
    def connections_of_requests(self) -> list[int]:
        return [number for number, _ in self.server.requests]

    @property
    def request(self) -> bytes:
        ((_, request),) = self.server.requests
        return request


@pytest.fixture
def way(tmp_path: Path) -> Way:
    return Way(tmp_path / "engine.sock")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (plain(b"all of it"), EngineAnswer(200, b"all of it")),
        (plain(b""), EngineAnswer(200, b"")),
        (plain(b"no such", status="404 Not Found"), EngineAnswer(404, b"no such")),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", EngineAnswer(200, b"ok")),
        (b"HTTP/1.1 200 OK\r\ncontent-LENGTH:2  \r\n\r\nok", EngineAnswer(200, b"ok")),
        (chunked(b"in ", b"many ", b"pieces"), EngineAnswer(200, b"in many pieces")),
        (chunked(), EngineAnswer(200, b"")),
        (chunked(b"\r\n0\r\n\r\n"), EngineAnswer(200, b"\r\n0\r\n\r\n")),
        (CHUNKED + b"5;name=value\r\nabcde\r\n0;last\r\n\r\n", EngineAnswer(200, b"abcde")),
        (CHUNKED + b"A \r\n0123456789\r\n00\r\n\r\n", EngineAnswer(200, b"0123456789")),
        (CHUNKED + b"1\r\na\r\n0\r\nDigest: x\r\nMore: y\r\n\r\n", EngineAnswer(200, b"a")),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil it ends", EngineAnswer(200, b"until it ends")),
        (b"HTTP/1.1 200 OK\r\n\r\n", EngineAnswer(200, b"")),
        (b"HTTP/1.0 200 OK\r\n\r\nolder", EngineAnswer(200, b"older")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", EngineAnswer(204, b"")),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", EngineAnswer(304, b"")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + plain(b"then"), EngineAnswer(200, b"then")),
        (
            b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            + chunked(b"at last"),
            EngineAnswer(200, b"at last"),
        ),
    ],
)
def test_every_form_of_an_answer_comes_whole(way: Way, sent: bytes, expected: EngineAnswer) -> None:
    with way.to(answers(sent)) as calls:
        assert calls.call("GET", "/version") == expected


def test_an_answer_may_come_byte_by_byte(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_calls, "_PORTION", 1)
    body = CHUNKED + b"5;name=value\r\nabcde\r\n10\r\n0123456789abcdef\r\n0\r\nDigest: x\r\n\r\n"

    def play(line: Line) -> None:
        line.request()
        line.say(*(bytes([byte]) for byte in b"HTTP/1.1 100 Continue\r\n\r\n" + body))

    with way.to(play) as calls:
        assert calls.call("GET", "/info") == EngineAnswer(200, b"abcde0123456789abcdef")


def test_the_answer_to_head_has_no_body_and_the_connection_stays(way: Way) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"

    with way.to(answers(head, plain(b"next"))) as calls:
        assert calls.call("HEAD", "/archive") == EngineAnswer(200, b"")
        assert calls.call("GET", "/version").content == b"next"
    assert way.connections_of_requests == [0, 0]


def test_a_request_is_written_whole(way: Way) -> None:
    headers = {"X-Team": "pool", "X-Meta": "grün"}
    with way.to(answers(plain(b"")), headers=headers) as calls:
        calls.call("POST", "/v1.41/containers/create?name=a", b'{"Image": "i"}')

    assert way.request.decode() == (
        "POST /v1.41/containers/create?name=a HTTP/1.1\r\n"
        "Host: localhost\r\nX-Team: pool\r\nX-Meta: grün\r\n"
        "Content-Type: application/json\r\nContent-Length: 14\r\n\r\n"
        '{"Image": "i"}'
    )


@pytest.mark.parametrize(
    ("method", "body", "told"),
    [
        ("GET", None, []),
        ("POST", None, ["Content-Length: 0"]),
        ("DELETE", None, ["Content-Length: 0"]),
        ("POST", b"", ["Content-Type: application/json", "Content-Length: 0"]),
    ],
)
def test_a_request_tells_the_length_of_its_body(
    way: Way, method: str, body: bytes | None, told: list[str]
) -> None:
    with way.to(answers(plain(b""))) as calls:
        calls.call(method, "/x", body)

    first, host, *others = way.request.decode().removesuffix("\r\n\r\n").split("\r\n")
    assert (first, host) == (f"{method} /x HTTP/1.1", "Host: localhost")
    assert others == told


@pytest.mark.parametrize(
    "sent",
    [
        plain(b"short"),
        plain(b"short", "Connection: keep-alive"),
        chunked(b"in chunks"),
        CHUNKED + b"0\r\nDigest: x\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + plain(b"then"),
    ],
)
def test_a_connection_serves_one_call_after_the_other(way: Way, sent: bytes) -> None:
    with way.to(again_and_again(sent)) as calls:
        assert calls.call("GET", "/1") == calls.call("POST", "/2") == calls.call("GET", "/3")

    assert way.connections_of_requests == [0, 0, 0]


@pytest.mark.parametrize(
    "sent",
    [
        plain(b"last", "Connection: close"),
        plain(b"last", "connection: Close"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nlast",
    ],
)
def test_a_connection_that_the_engine_wants_to_end_is_not_used_again(way: Way, sent: bytes) -> None:
    # The server would go on: it is the client that has to keep away.
    with way.to(again_and_again(sent)) as calls:
        assert calls.call("GET", "/1") == calls.call("GET", "/2") == EngineAnswer(200, b"last")

    assert way.connections_of_requests == [0, 1]


def test_a_connection_whose_answer_went_to_the_end_is_not_used_again(way: Way) -> None:
    with way.to(answers(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")) as calls:
        assert (
            calls.call("GET", "/1")
            == calls.call("GET", "/2")
            == EngineAnswer(200, b"until the end")
        )

    assert way.connections_of_requests == [0, 1]


def test_a_kept_connection_that_the_engine_ended_is_not_used(way: Way) -> None:
    with way.to(answers(plain(b"once"))) as calls:
        calls.call("GET", "/1")
        way.server.wait_until_all_has_been_played()
        assert calls.call("POST", "/2").content == b"once"

    assert way.connections_of_requests == [0, 1]


def test_what_nobody_asked_for_is_not_taken_for_an_answer(way: Way) -> None:
    with way.to(again_and_again(plain(b"mine") + plain(b"stray"))) as calls:
        assert calls.call("GET", "/1").content == b"mine"
        assert calls.call("GET", "/2").content == b"mine"

    assert way.connections_of_requests == [0, 1]


CUT = {
    "before the head": b"",
    "in the status line": b"HTTP/1.1 20",
    "in the head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "before the end of the head": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
    "after a 1xx": b"HTTP/1.1 100 Continue\r\n\r\n",
    "before a body with a length": plain(b"0123456789")[:-10],
    "in a body with a length": plain(b"0123456789")[:-1],
    "before a chunk's size": CHUNKED,
    "in a chunk's size": CHUNKED + b"1",
    "in a chunk": CHUNKED + b"5\r\nabc",
    "before a chunk's end": CHUNKED + b"5\r\nabcde",
    "before the last chunk": CHUNKED + b"5\r\nabcde\r\n",
    "before the trailers' end": CHUNKED + b"5\r\nabcde\r\n0\r\nDigest: x\r\n",
}
NONSENSE = {
    "another protocol": b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
    "another version": b"HTTP/2 200\r\n\r\n",
    "no status": b"HTTP/1.1\r\n\r\n",
    "words for a status": b"HTTP/1.1 OK fine\r\n\r\n",
    "a negative status": b"HTTP/1.1 -20 OK\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a length in words": b"HTTP/1.1 200 OK\r\nContent-Length: long\r\n\r\n",
    "no length": b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "a length with a sign": b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na",
    "a length with a mark": b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n0123456789",
    "a length in hexadecimal": b"HTTP/1.1 200 OK\r\nContent-Length: a\r\n\r\n0123456789",
    "a length of other digits": b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n01",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n01",
    "a chunk's size in words": CHUNKED + b"many\r\n",
    "no chunk's size": CHUNKED + b"\r\n",
    "a negative chunk's size": CHUNKED + b"-5\r\nabcde\r\n0\r\n\r\n",
    "a chunk's size with a prefix": CHUNKED + b"0x1\r\na\r\n0\r\n\r\n",
    "a chunk's size with a mark": CHUNKED + b"0_1\r\na\r\n0\r\n\r\n",
    "a chunk that is longer than it says": CHUNKED + b"2\r\nabcde\r\n0\r\n\r\n",
    "a head without an end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 80_000,
    "an endless length": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 60 + b"\r\n\r\n",
    "an endless chunk": CHUNKED + b"f" * 60 + b"\r\n",
    "a chunk's size without an end": CHUNKED + b"0" * 80_000,
    "a trailer without an end": CHUNKED + b"0\r\nX: " + b"x" * 80_000,
}  # fmt: skip


@pytest.mark.parametrize("sent", CUT.values(), ids=CUT)
def test_an_answer_that_is_cut_off_is_a_broken_connection(way: Way, sent: bytes) -> None:
    with way.to(answers(sent)) as calls, pytest.raises(ConnectionError):
        calls.call("POST", "/containers/a/start")

    assert len(way.server.requests) == 1, "a call that failed is never made again"


@pytest.mark.parametrize("sent", NONSENSE.values(), ids=NONSENSE)
def test_an_answer_that_is_none_is_told_from_a_broken_connection(way: Way, sent: bytes) -> None:
    # Not even the end of the connection is waited for, which never comes here.
    with way.to(falls_silent_after(sent)) as calls, pytest.raises(BadAnswer):
        calls.call("POST", "/containers/a/start")

    assert len(way.server.requests) == 1, "a call that failed is never made again"


@pytest.mark.parametrize(
    "sent",
    [b"", b"HTTP/1.1 200 OK\r\n", plain(b"0123456789")[:-1], CHUNKED + b"5\r\nab", CHUNKED],
    ids=["at once", "in the head", "in the body", "in a chunk", "before a chunk"],
)
def test_silence_is_told_from_a_broken_connection(way: Way, sent: bytes) -> None:
    with way.to(falls_silent_after(sent), SHORT_S) as calls, pytest.raises(TimeoutError):
        calls.call("POST", "/containers/a/start")

    assert len(way.server.requests) == 1, "a call that failed is never made again"


def test_a_call_may_wait_for_longer_than_others(way: Way) -> None:
    def play(line: Line) -> None:
        line.request()
        time.sleep(SHORT_S * 2)
        line.say(plain(b"stopped"))

    with way.to(play, SHORT_S) as calls:
        assert calls.call("POST", "/stop", longer_s=PATIENCE_S).content == b"stopped"
    with way.to(falls_silent_after(b""), SHORT_S) as calls, pytest.raises(TimeoutError):
        calls.call("POST", "/stop")


def test_patience_can_be_changed_for_connections_that_are_kept(way: Way) -> None:
    def play(line: Line) -> None:
        line.request()
        line.say(plain(b"quick"))
        falls_silent_after(b"")(line)

    with way.to(play) as calls:
        calls.call("GET", "/1")
        calls.be_patient(SHORT_S)
        with pytest.raises(TimeoutError):
            calls.call("GET", "/2")

    assert way.connections_of_requests == [0, 0]


@pytest.mark.parametrize(
    "sent",
    [
        plain(b"x" * 101),
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 15 + b"\r\n\r\n",
        chunked(b"x" * 60, b"x" * 41),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 101,
    ],
    ids=["length", "promised length", "chunks", "until the end"],
)
def test_an_answer_without_an_end_is_not_taken_in(
    way: Way, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(http_calls, "LARGEST_ANSWER", 100)

    with way.to(falls_silent_after(sent)) as calls, pytest.raises(AnswerTooLarge):
        calls.call("GET", "/archive")


@pytest.mark.parametrize(
    "sent",
    [plain(b"x" * 100), chunked(b"x" * 60, b"x" * 40), plain(b"")[:17] + b"\r\n" + b"x" * 100],
)
def test_an_answer_of_just_the_largest_size_is_taken_in(
    way: Way, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(http_calls, "LARGEST_ANSWER", 100)

    with way.to(answers(sent)) as calls:
        assert calls.call("GET", "/archive").content == b"x" * 100


@pytest.mark.parametrize("failing", [b"", b"nonsense\r\n\r\n", plain(b"0123456789")[:-1]])
def test_after_a_call_that_failed_the_next_has_a_connection_of_its_own(
    way: Way, failing: bytes
) -> None:
    def play(line: Line) -> None:
        line.request()
        line.say(failing if line.number == 0 else plain(b"well"))

    with way.to(play) as calls:
        with pytest.raises((ConnectionError, BadAnswer)):
            calls.call("POST", "/1")
        assert calls.call("POST", "/2") == EngineAnswer(200, b"well")


def test_a_socket_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        HttpCalls(
            SocketTransport({"Host": "localhost"}, str(tmp_path / "none.sock")), PATIENCE_S
        ).call("GET", "/version")


def test_a_socket_on_which_nobody_listens_is_told(tmp_path: Path) -> None:
    path = str(tmp_path / "left.sock")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)

    with pytest.raises(ConnectionRefusedError):
        calls_to(Path(path)).call("GET", "/version")


def test_each_of_many_threads_gets_its_own_answer(way: Way) -> None:
    def play(line: Line) -> None:
        while request := line.request():
            line.say(plain(request.split(b" ")[1]))

    targets = [f"/{number}" for number in range(200)]
    with way.to(play) as calls, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda target: calls.call("GET", target).content.decode(), targets))

    assert found == targets
    assert max(way.connections_of_requests) < 8, "there are no more connections than callers"


def test_calls_at_the_same_time_have_a_connection_each(way: Way) -> None:
    all_have_asked = threading.Barrier(4)

    def play(line: Line) -> None:
        while request := line.request():
            all_have_asked.wait(PATIENCE_S)
            line.say(plain(request.split(b" ")[1]))

    with way.to(play) as calls, ThreadPoolExecutor(4) as pool:
        for targets in (["/a", "/b", "/c", "/d"], ["/e", "/f", "/g", "/h"]):
            found = pool.map(lambda target: calls.call("GET", target).content.decode(), targets)
            assert list(found) == targets

    assert sorted(way.connections_of_requests) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_only_so_many_connections_are_kept(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_calls, "_MOST_KEPT", 1)
    all_have_asked = threading.Barrier(3)
    turns = {target: threading.Event() for target in ("/a", "/b", "/c")}
    ended: queue.Queue[str] = queue.Queue()

    def play(line: Line) -> None:
        target = line.request().split(b" ")[1].decode()
        all_have_asked.wait(PATIENCE_S)
        turns[target].wait(PATIENCE_S)
        line.say(plain(b""))
        line.wait_for_the_end()
        ended.put(target)

    with way.to(play) as calls, ThreadPoolExecutor(3) as pool:
        asked = {target: pool.submit(calls.call, "GET", target) for target in turns}
        for target, turn in turns.items():
            turn.set()
            asked[target].result(PATIENCE_S)
        assert {ended.get(timeout=PATIENCE_S) for _ in range(2)} == {"/b", "/c"}
        assert ended.empty()


def test_connections_that_are_kept_end_with_their_owner(way: Way) -> None:
    ended = threading.Event()

    def play(line: Line) -> None:
        line.request()
        line.say(plain(b""))
        line.wait_for_the_end()
        ended.set()

    with way.to(play) as calls:
        calls.call("GET", "/version")
        del calls
        gc.collect()
        # `filterwarnings = error` makes a failure of a socket that nobody closed.
        assert ended.wait(PATIENCE_S)


BODIES = st.binary(max_size=300)
CUTS = st.lists(st.integers(0, 2000), max_size=12)


def portioned(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({cut % (len(data) + 1) for cut in cuts} - {0, len(data)})
    return [data[i:j] for i, j in zip([0, *ends], [*ends, len(data)], strict=True) if i < j]


def delivered(portions: list[bytes]) -> EngineAnswer:
    """What is made of them, in just these portions: a real socket would join them as it likes."""
    exchange = Exchange("GET", "/x", {"Host": "localhost"})
    content = b"".join(exchange.feed(portion) for portion in portions)
    if not exchange.is_complete:
        content += exchange.feed(b"")
    return EngineAnswer(exchange.status or 0, content)


@given(BODIES, CUTS, CUTS)
def test_a_body_comes_whole_from_any_chunks_in_any_portions(
    body: bytes, chunk_cuts: list[int], delivery_cuts: list[int]
) -> None:
    in_chunks, with_length = chunked(*portioned(body, chunk_cuts)), plain(body)
    until_the_end = b"HTTP/1.1 200 OK\r\n\r\n" + body

    for sent in (in_chunks, with_length, until_the_end):
        assert delivered(portioned(sent, delivery_cuts)) == EngineAnswer(200, body)


@given(BODIES, CUTS, CUTS, st.integers(1, 2000))
def test_what_is_cut_anywhere_is_never_taken_for_whole(
    body: bytes, chunk_cuts: list[int], delivery_cuts: list[int], missing: int
) -> None:
    for sent in (chunked(*portioned(body, chunk_cuts)), plain(body)):
        rest = sent[: -(1 + missing % len(sent))]
        with pytest.raises(ConnectionError):
            delivered(portioned(rest, delivery_cuts))
