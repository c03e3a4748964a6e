"""A connection that is taken over: a slow engine does not keep the call beyond its time."""

from __future__ import annotations

from pathlib import Path

import pytest

from multi_instance_manager.engine.wire.hijack import hijacked
from multi_instance_manager.engine.wire.http_calls import HttpCalls
from multi_instance_manager.engine.wire.transport import SocketTransport
from multi_instance_manager.errors import EngineError, EngineTimeout
from unit.scripted_server import Play, ScriptedServer, Trickle, answers, plain

SHORT_S = 0.05
PATIENCE_S = 30


def taken_over(path: Path, play: Play, timeout_s: float = PATIENCE_S) -> bytes:
    """What came behind the answer."""
    calls = HttpCalls(SocketTransport({"Host": "localhost"}, str(path)), timeout_s)
    with ScriptedServer.on_socket(path, play):
        found = hijacked(calls, "/exec/1/start", {}, "running a command")
        found.socket.close()
    return found.received


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "engine.sock"


def test_what_comes_behind_the_answer_is_kept(path: Path) -> None:
    upgraded = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"

    assert taken_over(path, answers(upgraded + b"early")) == b"early"


def test_a_refusal_is_told_in_the_words_of_the_engine(path: Path) -> None:
    refusal = plain(b'{"message": "is not running"}', status="409 Conflict")

    with pytest.raises(EngineError, match="answered 409: is not running"):
        taken_over(path, answers(refusal))


def test_an_answer_that_trickles_is_over_with_the_time_of_the_call(path: Path) -> None:
    trickle = Trickle(b"HTTP/1.1 101 UPGRADED\r\nX: ")

    with pytest.raises(EngineTimeout):
        taken_over(path, trickle, SHORT_S)
    assert not trickle.outlasted


def test_a_reason_that_trickles_is_over_with_the_time_of_the_call(path: Path) -> None:
    trickle = Trickle(b"HTTP/1.1 500 Internal Error\r\nContent-Length: 60000\r\n\r\n")

    with pytest.raises(EngineError, match="answered 500: no reason given"):
        taken_over(path, trickle, SHORT_S)
    assert not trickle.outlasted
