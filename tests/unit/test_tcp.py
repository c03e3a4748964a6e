"""A connection to a port of a host: its name may be slow to find, its addresses may swallow all."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from multi_instance_manager.engine.wire import tcp
from multi_instance_manager.http.deadline import Deadline
from unit.memory_engine import free_port

PATIENCE_S = 30
SHORT_S = 0.3
Means = Callable[..., None]


def address_of(listener: socket.socket) -> tuple[Any, ...]:
    return (socket.AF_INET, socket.SOCK_STREAM, 0, "", listener.getsockname())


@pytest.fixture
def live() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def full() -> Iterator[socket.socket]:
    """A listener that has taken as many connections as it can: whoever comes now waits."""
    with ExitStack() as undo:
        listener = undo.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = undo.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener


@pytest.fixture
def means(monkeypatch: pytest.MonkeyPatch) -> Means:
    """Sets what a name means."""

    def set_addresses(*listeners: socket.socket) -> None:
        found = [address_of(listener) for listener in listeners]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    return set_addresses


def test_an_address_that_swallows_everything_leaves_time_for_the_next(
    means: Means, full: socket.socket, live: socket.socket
) -> None:
    means(full, full, live)

    with tcp.connected("engine.test", 1, Deadline(SHORT_S * 4)) as found:
        assert found.getpeername() == live.getsockname()


def test_all_addresses_together_have_the_time_of_one(
    means: Means, full: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares: list[float] = []
    plainly = tcp._connected_to

    def connected_to(opened: socket.socket, address: Any, deadline: Deadline) -> socket.socket:
        shares.append(deadline.left_s())
        return plainly(opened, address, deadline)

    monkeypatch.setattr(tcp, "_connected_to", connected_to)
    means(*[full] * 10)

    with pytest.raises(TimeoutError):
        tcp.connected("engine.test", 1, Deadline(SHORT_S))
    assert sum(shares) <= SHORT_S


def test_a_name_that_is_not_found_in_time_is_over_with_the_time_of_the_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()
    waited: list[bool] = []

    def resolve(*_: Any, **__: Any) -> list[Any]:
        waited.append(over.wait(PATIENCE_S))
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    with pytest.raises(TimeoutError):
        tcp.connected("engine.test", 1, Deadline(SHORT_S))
    assert not waited, "the call did not wait for the resolver"
    over.set()


def test_a_name_that_means_nothing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    with pytest.raises(socket.gaierror, match="not known"):
        tcp.connected("engine.test", 1, Deadline(PATIENCE_S))


def test_where_nothing_listens_the_last_refusal_is_told() -> None:
    with pytest.raises(ConnectionRefusedError):
        tcp.connected("127.0.0.1", free_port(), Deadline(PATIENCE_S))
