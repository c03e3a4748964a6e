"""The relay between two pipes and a command that is played by the other end of a socket."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from multi_instance_manager.commands.stream.relay import Ends, relay
from multi_instance_manager.engine.protocol.exec import OutputStream, Piece
from multi_instance_manager.errors import EngineError

Play = Callable[[socket.socket], None]


@dataclass
class Command:
    """A command at the other end of a socket pair."""

    near: socket.socket
    refusals: int = 0
    sizes: list[tuple[int, int]] = field(default_factory=list)
    on_refusal: Callable[[], object] = lambda: None

    def fileno(self) -> int:
        return self.near.fileno()

    def receive(self) -> Sequence[Piece] | None:
        try:
            content = self.near.recv(65536)
        except BlockingIOError:
            return ()
        return (Piece(OutputStream.OUTPUT, content),) if content else None

    def send(self, content: bytes) -> int:
        try:
            return self.near.send(content)
        except BlockingIOError:
            return 0
        except OSError:
            self.on_refusal()
            raise

    def end_input(self) -> None:
        self.near.shutdown(socket.SHUT_WR)

    def resize(self, columns: int, rows: int) -> None:
        if self.refusals:
            self.refusals -= 1
            raise EngineError("is not started yet")
        self.sizes.append((columns, rows))

    def exit_code(self) -> int:
        return 0

    def close(self) -> None:
        self.near.close()


@contextmanager
def played(by: Play, refusals: int = 0) -> Iterator[Command]:
    near, far = socket.socketpair()
    near.setblocking(False)

    def play() -> None:
        with far, suppress(OSError):
            by(far)

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    with near:
        yield Command(near, refusals)
    thread.join(timeout=10)
    assert not thread.is_alive(), "the command was left waiting"


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    inner, outer = os.pipe()
    try:
        yield inner, outer
    finally:
        for descriptor in (inner, outer):
            with suppress(OSError):
                os.close(descriptor)


def let_go(descriptor: int) -> None:
    """Close this end of the pipe and keep its number: another thread must not be given it."""
    with Path(os.devnull).open("r+b") as nothing:
        os.dup2(nothing.fileno(), descriptor)


def read_all(descriptor: int, into: bytearray) -> threading.Thread:
    def read() -> None:
        while chunk := os.read(descriptor, 65536):
            into.extend(chunk)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def echo(far: socket.socket) -> None:
    while chunk := far.recv(65536):
        far.sendall(chunk)


def test_everything_that_is_sent_comes_back_byte_by_byte_and_the_end_of_input_is_told() -> None:
    content = os.urandom(3 * 1024 * 1024)
    with played(echo) as running, pipe() as (stdin, typed), pipe() as (shown, stdout):
        writer = threading.Thread(target=_write, args=(typed, content))
        writer.start()
        seen = bytearray()
        reader = read_all(shown, seen)

        relay(running, Ends(stdin=stdin, stdout=stdout, stderr=stdout))

        let_go(stdout)
        reader.join(timeout=10)
        writer.join(timeout=10)
    assert bytes(seen) == content


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    let_go(descriptor)


def test_a_reader_that_is_gone_ends_the_relay() -> None:
    def chatter(far: socket.socket) -> None:
        while True:
            far.sendall(b"y" * 65536)

    with played(chatter) as running, pipe() as (shown, stdout):
        let_go(shown)

        with pytest.raises(BrokenPipeError):
            relay(running, Ends(stdin=None, stdout=stdout, stderr=stdout))


def test_output_waits_inside_until_it_is_read_here() -> None:
    sent = []

    def chatter(far: socket.socket) -> None:
        far.settimeout(0.5)
        for _ in range(1000):
            far.sendall(b"y" * 65536)
            sent.append(1)

    with played(chatter) as running, pipe() as (shown, stdout):
        thread = threading.Thread(target=_until_broken, args=(running, stdout), daemon=True)
        thread.start()
        os.read(shown, 4096)
        _until(lambda: bool(sent))
        sent_in_all = len(sent)
        let_go(shown)
        thread.join(timeout=10)
        assert not thread.is_alive(), "the relay goes on although its reader is gone"
    assert sent_in_all < 100, "a reader that does not read must hold the command up"


def _until_broken(running: Command, stdout: int) -> None:
    with suppress(BrokenPipeError):
        relay(running, Ends(stdin=None, stdout=stdout, stderr=stdout))


def _until(claim: Callable[[], bool]) -> None:
    for _ in range(1000):
        if claim():
            return
        threading.Event().wait(0.01)
    raise AssertionError("did not become true in time")


def test_the_size_is_told_again_until_the_engine_takes_it() -> None:
    told = threading.Event()

    def until_told(far: socket.socket) -> None:
        told.wait(10)
        far.sendall(b"bye")

    with played(until_told, refusals=3) as running, pipe() as (_, stdout):

        def size() -> tuple[int, int]:
            if not running.refusals:
                told.set()
            return 90, 30

        relay(running, Ends(stdin=None, stdout=stdout, stderr=stdout, size=size))

    assert running.sizes == [(90, 30)]


def test_input_that_nobody_takes_any_more_is_dropped() -> None:
    closed, dropped = threading.Event(), threading.Event()

    def deaf(far: socket.socket) -> None:
        far.shutdown(socket.SHUT_RD)
        closed.set()
        assert dropped.wait(10)
        far.sendall(b"done")

    with played(deaf) as running, pipe() as (stdin, typed), pipe() as (shown, stdout):
        assert closed.wait(10)
        os.write(typed, b"x" * 4096)
        running.on_refusal = dropped.set

        relay(running, Ends(stdin=stdin, stdout=stdout, stderr=stdout))

        assert os.read(shown, 100) == b"done"
