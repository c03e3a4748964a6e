"""Calls by the SDK's connections: the contract of those over a socket, by another library."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from multi_instance_manager.engine import sdk as sdk_module
from multi_instance_manager.engine.calls import Answer, TooLarge
from multi_instance_manager.engine.endpoint import Endpoint
from multi_instance_manager.engine.mapping import mapped
from multi_instance_manager.engine.sdk import Sdk, SdkCalls
from multi_instance_manager.errors import EngineTimeout, EngineUnreachable
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


class Way:
    """A server of a port, and calls to it by a client with a configuration of its own."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.server: ScriptedServer
        self.sdk: Sdk

    @contextmanager
    def to(self, play: Play, silence_s: float = PATIENCE_S) -> Iterator[SdkCalls]:
        with ScriptedServer.on_port(play) as self.server:
            self.sdk = sdk_to(self.server.port)
            # The SDK counts in whole seconds; its library does not.
            self.sdk.client().timeout = silence_s  # type: ignore[assignment]
            yield SdkCalls(self.sdk)
            self.sdk.close()

    @property
    def request(self) -> str:
        ((_, request),) = self.server.requests
        return request.decode()


def sdk_to(port: int) -> Sdk:
    return Sdk(Endpoint(f"tcp://127.0.0.1:{port}", "--host"), "1.41", PATIENCE_S)


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the client looks for its configuration, and finds none."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / "config.json"


@pytest.fixture
def way(config: Path) -> Way:
    return Way(config)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (plain(b"all of it"), Answer(200, b"all of it")),
        (chunked(b"in ", b"pieces"), Answer(200, b"in pieces")),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil it ends", Answer(200, b"until it ends")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Answer(204, b"")),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", Answer(304, b"")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + plain(b"then"), Answer(200, b"then")),
        (plain(gzip.compress(b"small", mtime=0), "Content-Encoding: gzip"), Answer(200, b"small")),
        (
            plain(b'{"message": "gone"}', status="404 Not Found"),
            Answer(404, b'{"message": "gone"}'),
        ),
        (plain(b"", status="409 Conflict"), Answer(409, b"")),
        (plain(b"broken", status="500 Internal Server Error"), Answer(500, b"broken")),
    ],
)
def test_every_answer_comes_whole_with_its_status(way: Way, sent: bytes, expected: Answer) -> None:
    with way.to(answers(sent)) as calls:
        assert calls.call("GET", "/v1.41/info") == expected


def test_a_body_is_sent_as_json(way: Way) -> None:
    with way.to(answers(plain(b""))) as calls:
        calls.call("POST", "/v1.41/containers/create?name=a", b'{"Image": "i"}')

    head, _, body = way.request.partition("\r\n\r\n")
    first, *headers = head.split("\r\n")
    assert first == "POST /v1.41/containers/create?name=a HTTP/1.1"
    assert "Content-Type: application/json" in headers
    assert body == '{"Image": "i"}'


def test_a_call_without_a_body_names_no_kind_of_it(way: Way) -> None:
    with way.to(answers(plain(b""))) as calls:
        calls.call("POST", "/v1.41/containers/a/start")

    assert "Content-Type" not in way.request
    assert "Content-Length: 0" in way.request


def test_what_the_clients_configuration_adds_to_every_call_is_added(way: Way) -> None:
    way.config.write_text(json.dumps({"HttpHeaders": {"X-Team": "pool", "X-Pass": "word"}}))

    with way.to(again_and_again(plain(b""))) as calls:
        calls.call("GET", "/v1.41/info")
        calls.call("POST", "/v1.41/containers/create", b"{}")

    for _, request in way.server.requests:
        assert b"\r\nX-Team: pool\r\n" in request
        assert b"\r\nX-Pass: word\r\n" in request


def test_a_connection_serves_one_call_after_the_other(way: Way) -> None:
    with way.to(again_and_again(plain(b"ok"))) as calls:
        calls.call("GET", "/1")
        calls.call("POST", "/2", b"{}")

    assert [number for number, _ in way.server.requests] == [0, 0]


def test_a_redirection_is_an_answer_and_is_not_followed(way: Way) -> None:
    elsewhere = plain(b"", "Location: /v1.41/elsewhere", status="301 Moved Permanently")

    with way.to(again_and_again(elsewhere)) as calls:
        assert calls.call("POST", "/v1.41/containers/a/start") == Answer(301, b"")

    assert len(way.server.requests) == 1


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 20",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        plain(b"0123456789")[:-1],
        CHUNKED,
        CHUNKED + b"5\r\nabc",
        CHUNKED + b"5\r\nabcde\r\n",
        CHUNKED + b"many\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
    ],
)
def test_a_broken_answer_is_a_broken_connection(way: Way, sent: bytes) -> None:
    with way.to(answers(sent)) as calls, pytest.raises(ConnectionError):
        calls.call("POST", "/v1.41/containers/a/start")

    assert len(way.server.requests) == 1, "a call that failed is never made again"


@pytest.mark.parametrize(
    "sent",
    [b"", b"HTTP/1.1 200 OK\r\n", plain(b"0123456789")[:-1], CHUNKED + b"5\r\nab", CHUNKED],
    ids=["at once", "in the head", "in the body", "in a chunk", "before a chunk"],
)
def test_silence_is_told_from_a_broken_connection(way: Way, sent: bytes) -> None:
    with way.to(falls_silent_after(sent), SHORT_S) as calls, pytest.raises(TimeoutError):
        calls.call("POST", "/v1.41/containers/a/start")

    assert len(way.server.requests) == 1, "a call that failed is never made again"


@pytest.mark.parametrize("sent", [b"", plain(b"0123456789")[:-1]], ids=["at once", "in the body"])
def test_silence_in_a_call_of_the_sdk_itself_is_told_as_such(way: Way, sent: bytes) -> None:
    with way.to(falls_silent_after(sent), SHORT_S), pytest.raises(EngineTimeout), mapped("asking"):
        way.sdk.client().info()


@pytest.mark.parametrize("sent", [b"", plain(b"0123456789")[:-1]], ids=["at once", "in the body"])
def test_a_break_in_a_call_of_the_sdk_itself_is_told_as_such(way: Way, sent: bytes) -> None:
    with way.to(answers(sent)), pytest.raises(EngineUnreachable), mapped("asking"):
        way.sdk.client().info()


def test_a_call_may_wait_for_longer_than_others(way: Way) -> None:
    def play(line: Line) -> None:
        line.request()
        time.sleep(SHORT_S * 2)
        line.say(plain(b"stopped"))

    with way.to(play, SHORT_S) as calls:
        assert calls.call("POST", "/stop", longer_s=PATIENCE_S).content == b"stopped"


def test_a_kept_connection_that_the_engine_ended_is_not_used(way: Way) -> None:
    with way.to(answers(plain(b"once"))) as calls:
        calls.call("GET", "/1")
        way.server.wait_until_all_has_been_played()
        assert calls.call("POST", "/2").content == b"once"

    assert [number for number, _ in way.server.requests] == [0, 1]


def test_a_body_that_cannot_be_unpacked_is_no_answer(way: Way) -> None:
    sent = plain(b"not packed at all", "Content-Encoding: gzip")

    with way.to(answers(sent)) as calls, pytest.raises(ValueError, match=r"^$") as caught:
        calls.call("GET", "/v1.41/info")
    assert not isinstance(caught.value, TooLarge)


@pytest.mark.parametrize(
    "sent",
    [plain(b"x" * 101), chunked(b"x" * 60, b"x" * 41), b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 101],
    ids=["length", "chunks", "until the end"],
)
def test_an_answer_without_an_end_is_not_taken_in(
    way: Way, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(sdk_module, "LARGEST_ANSWER", 100)

    with way.to(answers(sent)) as calls, pytest.raises(TooLarge):
        calls.call("GET", "/archive")


def test_the_end_of_an_answer_that_is_too_large_is_not_waited_for(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk_module, "LARGEST_ANSWER", 100)
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 100_000

    with way.to(falls_silent_after(begun)) as calls, pytest.raises(TooLarge):
        calls.call("GET", "/archive")


def test_a_port_on_which_nobody_listens_is_told() -> None:
    with ScriptedServer.on_port(answers()) as server:
        port = server.port
    sdk = sdk_to(port)

    with pytest.raises(ConnectionError):
        SdkCalls(sdk).call("GET", "/version")
    sdk.close()


@pytest.mark.parametrize("content", ["{", "[]", '{"HttpHeaders": ["x"]}', '{"proxies": "none"}'])
def test_a_configuration_that_cannot_be_used_is_named(config: Path, content: str) -> None:
    config.write_text(content)

    with pytest.raises(EngineUnreachable) as caught:
        SdkCalls(sdk_to(1)).call("GET", "/version")
    assert str(config) in str(caught.value)
    assert "DOCKER_CONFIG" in str(caught.value)


@pytest.mark.parametrize("is_used_before", [True, False])
def test_the_client_is_as_patient_as_was_said_last(*, is_used_before: bool) -> None:
    sdk = sdk_to(1)
    if is_used_before:
        sdk.client()

    SdkCalls(sdk).be_patient(7.5)

    assert sdk.client().timeout == 8
    sdk.close()


def test_the_client_speaks_the_version_agreed_upon_last() -> None:
    early, late = sdk_to(1), sdk_to(1)

    early.client()
    for sdk in (early, late):
        sdk.agree("1.47")

    assert early.client().api_version == late.client().api_version == "1.47"
    for sdk in (early, late):
        sdk.close()
