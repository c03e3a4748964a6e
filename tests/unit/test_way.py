"""The way to an engine of the network: what a request looks like on it, and what stands between."""

from __future__ import annotations

import base64
import json
import ssl
from pathlib import Path

import pytest

from multi_instance_manager.engine.endpoint.endpoint import Endpoint, Tls
from multi_instance_manager.engine.wire.http_calls import EngineAnswer, HttpCalls
from multi_instance_manager.engine.wire.transport import way_to
from multi_instance_manager.errors import EngineUnreachable
from unit.scripted_server import (
    Line,
    Play,
    ScriptedServer,
    Trickle,
    again_and_again,
    answers,
    falls_silent_after,
    plain,
)

PATIENCE_S = 30
SHORT_S = 0.05
FAR = Endpoint("tcp://engine.test:2375", "--host")
SECURE = Endpoint("tcp://engine.test:2376", "--host", tls=Tls(None, verify=False))


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the client looks for its configuration, and finds none."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path / "config.json"


def calls_to(endpoint: Endpoint, timeout_s: float = PATIENCE_S) -> HttpCalls:
    return HttpCalls(way_to(endpoint), timeout_s)


def port_of(server: ScriptedServer, path: str = "") -> Endpoint:
    return Endpoint(f"tcp://127.0.0.1:{server.port}{path}", "--host")


def test_a_request_to_a_port_names_host_and_path() -> None:
    with ScriptedServer.on_port(answers(plain(b"ok"))) as server:
        port = server.port
        found = calls_to(port_of(server, "/engine/")).call("POST", "/v1.41/x?y=1", b"{}")

    ((_, request),) = server.requests
    assert found == EngineAnswer(200, b"ok")
    assert request.decode() == (
        f"POST /engine/v1.41/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )


def test_what_the_clients_configuration_adds_to_every_call_is_added(config: Path) -> None:
    config.write_text(json.dumps({"HttpHeaders": {"X-Team": "pool", "X-Pass": "word"}}))

    with ScriptedServer.on_port(again_and_again(plain(b""))) as server:
        calls = calls_to(port_of(server))
        calls.call("GET", "/v1.41/info")
        calls.call("POST", "/v1.41/containers/create", b"{}")

    for _, request in server.requests:
        assert b"\r\nX-Team: pool\r\n" in request
        assert b"\r\nX-Pass: word\r\n" in request


@pytest.mark.parametrize(
    "headers",
    [
        {"X Team": "pool"},
        {"X-Team": "a\r\nX-Other: b"},
        {"": "x"},
        {"Transfer-Encoding": "chunked"},
        {"content-length": "3"},
        ["x"],
        {"X-Team": 1},
    ],
)
def test_headers_that_no_request_can_carry_are_a_fault_of_the_configuration(
    config: Path, headers: object
) -> None:
    config.write_text(json.dumps({"HttpHeaders": headers}))

    with pytest.raises(EngineUnreachable) as caught:
        way_to(FAR)
    assert str(config) in str(caught.value)
    assert "DOCKER_CONFIG" in str(caught.value)


def test_blanks_around_a_header_are_none_of_it(config: Path) -> None:
    config.write_text(json.dumps({"HttpHeaders": {"X-Team": "  pool "}}))

    assert way_to(FAR).headers["X-Team"] == "pool"


def test_a_plain_engine_behind_a_proxy_is_asked_for_by_its_whole_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ScriptedServer.on_port(answers(plain(b"through"))) as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:pass%40word@127.0.0.1:{server.port}")
        found = calls_to(FAR).call("GET", "/version")

    ((_, request),) = server.requests
    credentials = base64.b64encode(b"me:pass@word").decode()
    assert found.content == b"through"
    assert request.decode().split("\r\n")[:3] == [
        "GET http://engine.test:2375/version HTTP/1.1",
        "Host: engine.test:2375",
        f"Proxy-Authorization: Basic {credentials}",
    ]


def test_a_secure_engine_behind_a_proxy_is_asked_for_by_a_tunnel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def leads_to_what_speaks_no_tls(line: Line) -> None:
        line.request()
        line.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
        line.wait_for_anything()
        line.say(b"no TLS")
        line.wait_for_the_end()

    with ScriptedServer.on_port(leads_to_what_speaks_no_tls) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{server.port}")
        with pytest.raises(ssl.SSLError):
            calls_to(SECURE).call("GET", "/version")

    ((_, request), *_) = server.requests
    assert request == b"CONNECT engine.test:2376 HTTP/1.1\r\nHost: engine.test:2376\r\n\r\n"


@pytest.mark.parametrize(
    ("play", "problem"),
    [
        (answers(plain(b"", status="407 Proxy Authentication Required")), ConnectionRefusedError),
        (answers(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), ConnectionError),
        (answers(b""), ConnectionError),
        (falls_silent_after(b"HTTP/1.1 200"), TimeoutError),
    ],
)
def test_a_proxy_that_makes_no_tunnel_is_no_way(
    monkeypatch: pytest.MonkeyPatch, play: Play, problem: type[OSError]
) -> None:
    with ScriptedServer.on_port(play) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
        timeout_s = SHORT_S if problem is TimeoutError else PATIENCE_S
        with pytest.raises(problem):
            calls_to(SECURE, timeout_s).call("GET", "/version")


@pytest.mark.parametrize("proxy", ["socks5://proxy:1080", "https://proxy", "http://", "http://p:x"])
def test_a_proxy_of_another_kind_is_named_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)

    with pytest.raises(EngineUnreachable, match=r"HTTP_PROXY is not the address of an HTTP proxy"):
        way_to(FAR)


@pytest.mark.parametrize("said", [b"HTTP/1.1 200", b"HTTP/1.1 200 Connection established\r\nX: "])
def test_a_proxy_that_trickles_does_not_keep_a_call(
    monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    trickle = Trickle(said)
    with ScriptedServer.on_port(trickle) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
        with pytest.raises(TimeoutError):
            calls_to(SECURE, SHORT_S).call("GET", "/version")

    assert not trickle.outlasted


def test_an_engine_that_trickles_its_part_of_tls_does_not_keep_a_call() -> None:
    trickle = Trickle(b"\x16\x03\x03\x3f\xff")
    with ScriptedServer.on_port(trickle) as server:
        url = f"tcp://127.0.0.1:{server.port}"
        secure = Endpoint(url, "--host", tls=Tls(None, verify=False))
        with pytest.raises(TimeoutError):
            calls_to(secure, SHORT_S).call("GET", "/version")

    assert not trickle.outlasted
