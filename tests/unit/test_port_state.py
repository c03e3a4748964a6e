"""What is at a port: an answer, a connection that is ended at once, silence, or nothing."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from multi_instance_manager.proof.port_state import PortState, port_state
from unit.memory_engine import free_port

REQUEST = b"CONNECT 127.0.0.1:2048 HTTP/1.1\r\n\r\n"
Treatment = Callable[[socket.socket], None]


@contextmanager
def port_that(treats: Treatment) -> Iterator[int]:
    """A port that takes one connection and does that with it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                caller, _ = listener.accept()
                with caller:
                    treats(caller)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def state_of(port: int, *, timeout_s: float = 30) -> PortState:
    return port_state("127.0.0.1", port, REQUEST, timeout_s=timeout_s)


def answer(caller: socket.socket) -> None:
    assert caller.recv(1024) == REQUEST
    caller.sendall(b"x")


def end_it(caller: socket.socket) -> None:
    caller.close()


def end_it_once_asked(caller: socket.socket) -> None:
    caller.recv(1024)


def reset(caller: socket.socket) -> None:
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller.close()


@pytest.mark.parametrize(
    ("treats", "state"),
    [
        (answer, "answers"),
        (end_it, "accepts and closes"),
        (end_it_once_asked, "accepts and closes"),
        (reset, "accepts and closes"),
    ],
)
def test_only_a_byte_is_an_answer(treats: Treatment, state: str) -> None:
    with port_that(treats) as port:
        assert state_of(port) == state


def test_one_that_takes_the_connection_and_says_nothing_does_not_answer() -> None:
    done = threading.Event()

    def say_nothing(_: socket.socket) -> None:
        done.wait(30)

    with port_that(say_nothing) as port:
        assert state_of(port, timeout_s=0.05) == "does not answer"
        done.set()


def test_a_port_where_nothing_listens_refuses() -> None:
    assert state_of(free_port()) == "refuses"
