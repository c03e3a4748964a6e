"""What a command in a container writes is taken with a bound and an end, whatever it does."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from multi_instance_manager.engine.docker.bounded_output import output_within
from multi_instance_manager.engine.protocol.exec import Command, OutputStream, Piece
from multi_instance_manager.errors import Conflict

AT_MOST = 1000
SOON_S = 20.0


class Program:
    """A command that writes what it is told to; ``None`` is the end of its output."""

    def __init__(self, *written: bytes | None, code: int = 0) -> None:
        self._written: Iterator[bytes | None] = iter(written)
        self._reader, self._writer = os.pipe()
        self._code = code
        self.words: tuple[str, ...] = ()
        self.is_closed = False

    def begin(self, reference: str, command: Command) -> Program:
        del reference
        self.words = command.words
        return self

    def fileno(self) -> int:
        return self._reader

    def receive(self) -> tuple[Piece, ...] | None:
        for written in self._written:
            return None if written is None else (Piece(OutputStream.OUTPUT, written),)
        return ()

    def send(self, content: bytes) -> int:
        return len(content)

    def end_input(self) -> None:
        """Nothing was sent."""

    def resize(self, columns: int, rows: int) -> None:
        """It has no terminal."""

    def exit_code(self) -> int:
        return self._code

    def close(self) -> None:
        self.is_closed = True
        for descriptor in (self._reader, self._writer):
            with suppress(OSError):
                os.close(descriptor)


def output_of(program: Program, *, within_s: float = SOON_S) -> bytes | None:
    deadline = time.monotonic() + within_s
    found = output_within(program, "id", ("cat", "file"), at_most=AT_MOST, deadline=deadline)
    assert program.is_closed
    return found


def test_the_whole_output_of_a_command_that_succeeds_is_given() -> None:
    program = Program(b"one ", b"two", None)

    assert output_of(program) == b"one two"
    assert program.words == ("cat", "file")


def test_a_command_that_fails_gives_nothing() -> None:
    assert output_of(Program(b"cat: no such file", None, code=1)) is None


def test_a_command_that_waits_for_ever_is_waited_for_until_the_deadline() -> None:
    assert output_of(Program(b"begun"), within_s=0.05) is None


def test_a_command_that_writes_for_ever_is_left_at_the_bound() -> None:
    def flood() -> Iterator[bytes]:
        while True:
            yield b"x" * 100

    program = Program()
    program._written = flood()

    assert output_of(program) is None
    assert next(program._written) == b"x" * 100


def test_a_container_that_does_not_run_gives_nothing() -> None:
    class Stopped(Program):
        def begin(self, reference: str, command: Command) -> Program:
            raise Conflict(f"{reference} is not running, for {command.words}", status=409)

    program = Stopped()
    try:
        deadline = time.monotonic() + SOON_S
        assert output_within(program, "id", ("cat",), at_most=AT_MOST, deadline=deadline) is None
    finally:
        program.close()


@pytest.mark.parametrize("size", [AT_MOST, AT_MOST + 1])
def test_the_bound_itself_is_within(size: int) -> None:
    found = output_of(Program(b"x" * size, None))

    assert (found is not None) is (size == AT_MOST)
