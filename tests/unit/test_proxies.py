"""Which proxy is on the way, as the docker client has it."""

from __future__ import annotations

from typing import Any

import pytest

from multi_instance_manager.engine.endpoint import proxies

PROXY = "http://proxy:3128"


def proxy_to(url: str, *, secure: bool = False, **environment: str) -> str | None:
    return proxies.proxy_to(url, secure=secure, environment=environment)


def test_the_proxy_is_that_of_the_protocol() -> None:
    both: dict[str, Any] = {"HTTP_PROXY": PROXY, "HTTPS_PROXY": "http://secure:1"}

    assert proxy_to("tcp://engine:2375", **both) == PROXY
    assert proxy_to("tcp://engine:2376", secure=True, **both) == "http://secure:1"
    assert proxy_to("tcp://engine:2375", http_proxy="proxy:3128") == PROXY
    assert proxy_to("tcp://engine:2375", ALL_PROXY=PROXY) is None
    assert proxy_to("tcp://engine:2375") is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.8.7", "[::1]"])
def test_this_machine_is_never_behind_a_proxy(host: str) -> None:
    assert proxy_to(f"tcp://{host}:2375", HTTP_PROXY=PROXY) is None


def test_the_header_of_somebodys_request_is_no_proxy() -> None:
    assert proxy_to("tcp://engine:2375", HTTP_PROXY=PROXY, REQUEST_METHOD="GET") is None


@pytest.mark.parametrize(
    ("entries", "excepted"),
    [
        ("*", True),
        ("engine.example.org", True),
        ("example.org", True),
        (".example.org", True),
        ("*.example.org", True),
        ("other, EXAMPLE.org", True),
        ("engine.example.org:2375", True),
        ("engine.example.org:1", False),
        ("ample.org", False),
        (".engine.example.org", False),
        ("", False),
        (",", False),
    ],
)
def test_exceptions_are_domains_with_or_without_a_port(entries: str, excepted: bool) -> None:
    proxy = proxy_to("tcp://engine.example.org:2375", HTTP_PROXY=PROXY, NO_PROXY=entries)

    assert (proxy is None) is excepted


@pytest.mark.parametrize(
    ("entries", "excepted"),
    [
        ("192.0.2.7", True),
        ("192.0.2.0/24", True),
        ("192.0.2.7:2375", True),
        ("192.0.2.7:1", False),
        ("192.0.3.0/24", False),
    ],
)
def test_exceptions_are_addresses_and_networks(entries: str, excepted: bool) -> None:
    proxy = proxy_to("tcp://192.0.2.7:2375", HTTP_PROXY=PROXY, no_proxy=entries)

    assert (proxy is None) is excepted
