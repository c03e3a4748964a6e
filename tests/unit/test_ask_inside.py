"""The image's own shell asks the main process to end: run here on processes of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest

from multi_instance_manager.application.definition import MainProcess
from multi_instance_manager.engine.docker.main_process import AskedInside, Reply, ask_inside
from multi_instance_manager.engine.protocol.exec import Command, OutputStream, Piece
from multi_instance_manager.errors import Conflict, EngineError

SOON_S = 60.0
SHELLS = [shell for shell in ("sh", "bash") if shutil.which(shell)]
_PROGRAM = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0) if "{behaviour}" != "stubborn" else None)
if "{behaviour}" == "forks":
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while os.getppid() != 1: time.sleep(0.05)
        sys.exit(0)
print("ready", flush=True)
while True: time.sleep(600)
"""


class Unheard:
    """A command that nothing is sent to."""

    def send(self, content: bytes) -> int:
        raise AssertionError(f"it reads nothing, and was sent {len(content)} bytes")

    def end_input(self) -> None:
        """It reads nothing."""

    def resize(self, columns: int, rows: int) -> None:
        """It has no terminal."""

    def exit_code(self) -> int:
        return 0


class Local(Unheard):
    """A command that runs as a process of this machine; its output is read as the engine's is."""

    def __init__(self, command: Command, shell: str) -> None:
        environment = dict(entry.split("=", 1) for entry in command.environment)
        self._process = subprocess.Popen(
            [shell, *command.words[1:]],
            env={"PATH": os.environ["PATH"], **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        self._output = self._process.stdout.fileno()
        os.set_blocking(self._output, False)

    def fileno(self) -> int:
        return self._output

    def receive(self) -> tuple[Piece, ...] | None:
        try:
            content = os.read(self._output, 4096)
        except BlockingIOError:
            return ()
        return (Piece(OutputStream.OUTPUT, content),) if content else None

    def close(self) -> None:
        self._process.kill()
        with self._process:
            pass


class Shell:
    """Begins commands here instead of in a container."""

    def __init__(self, shell: str) -> None:
        self._shell = shell

    def begin(self, reference: str, command: Command) -> Local:
        del reference
        return Local(command, self._shell)


class Program:
    """A program whose command line has a mark that no other has."""

    def __init__(self, behaviour: str) -> None:
        self.mark = f"main-{uuid.uuid4().hex}"
        words = [sys.executable, "-c", _PROGRAM.format(behaviour=behaviour), self.mark, "--main"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"

    def sign(self, *more: str, without: str = "--internal") -> MainProcess:
        return MainProcess((self.mark, *more), (without,))

    def end(self) -> None:
        self.process.kill()
        with self.process:
            pass


@pytest.fixture
def program(request: pytest.FixtureRequest) -> Iterator[Program]:
    made = Program(getattr(request, "param", "ends"))
    yield made
    made.end()


def ask(shell: str, sign: MainProcess) -> AskedInside:
    return ask_inside(Shell(shell), "container", sign, within_s=SOON_S)


@pytest.mark.parametrize("program", ["ends", "forks"], indirect=True)
@pytest.mark.parametrize("shell", SHELLS)
def test_the_main_process_is_asked_and_its_end_is_told(shell: str, program: Program) -> None:
    """Also where it has a fork with the same command line."""
    with closing(ask(shell, program.sign("--main"))) as asked:
        assert asked.reply is Reply.ASKED
        assert program.process.wait(SOON_S) == 0
        assert asked.has_ended(within_s=SOON_S)


@pytest.mark.parametrize("program", ["stubborn"], indirect=True)
def test_one_that_does_not_end_is_not_told_to_have_ended(program: Program) -> None:
    asked = ask("sh", program.sign())

    with closing(asked):
        assert asked.reply is Reply.ASKED
        assert not asked.has_ended(within_s=0.5)
    assert program.process.poll() is None


def test_where_no_process_has_its_marks_nothing_is_asked(program: Program) -> None:
    assert ask("sh", program.sign("--not-there")).reply is Reply.NONE
    assert ask("sh", program.sign(without="--main")).reply is Reply.NONE
    assert program.process.poll() is None


def test_marks_with_blanks_and_patterns_are_taken_as_they_are() -> None:
    program = Program("ends")
    try:
        assert ask("sh", program.sign("[!z]?")).reply is Reply.NONE
        with closing(ask("sh", MainProcess((f"{program.mark} --main",)))) as asked:
            assert asked.reply is Reply.ASKED
            assert program.process.wait(SOON_S) == 0
    finally:
        program.end()


class Said(Unheard):
    """A command in a container that says what it likes."""

    def __init__(self, *pieces: bytes | None) -> None:
        self._pieces = list(pieces)
        self._reader, self._writer = os.pipe()

    def begin(self, reference: str, command: Command) -> Said:
        del reference, command
        return self

    def fileno(self) -> int:
        return self._reader

    def receive(self) -> tuple[Piece, ...] | None:
        if not self._pieces:
            return ()
        piece = self._pieces.pop(0)
        return None if piece is None else (Piece(OutputStream.OUTPUT, piece),)

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


SIGN = MainProcess(("main",))


@pytest.mark.parametrize(
    ("pieces", "reply"),
    [
        ((b"asked\n",), Reply.ASKED),
        ((b"as", b"ked\nen", b"ded\n"), Reply.ASKED),
        ((b"first\n",), Reply.FIRST),
        ((b"none\n",), Reply.NONE),
        ((b"refused\n",), Reply.UNABLE),
        ((b"unable\n",), Reply.UNABLE),
        ((b"\x1b[2J\n",), Reply.UNABLE),
        ((b"\xff\xfe\n",), Reply.UNABLE),
        ((None,), Reply.UNABLE),
        ((b"asked", None), Reply.UNABLE),
        ((b"x" * 10_000,), Reply.UNABLE),
        ((), Reply.UNABLE),
    ],
)
def test_an_answer_is_one_of_a_few_words_or_none(
    pieces: tuple[bytes | None, ...], reply: Reply
) -> None:
    asked = ask_inside(Said(*pieces), "container", SIGN, within_s=0.2)

    assert asked.reply is reply
    if reply is Reply.ASKED:
        asked.close()


def test_one_that_writes_for_ever_keeps_nobody_waiting() -> None:
    class Flood(Said):
        def receive(self) -> tuple[Piece, ...]:
            return (Piece(OutputStream.ERROR, b"x" * 65536),)

    begun = time.monotonic()

    asked = ask_inside(Flood(), "container", SIGN, within_s=0.2)

    assert asked.reply is Reply.UNABLE
    assert time.monotonic() - begun < SOON_S


def test_a_command_whose_output_ends_has_ended_with_its_container() -> None:
    asked = ask_inside(Said(b"asked\n", None), "container", SIGN, within_s=SOON_S)

    with closing(asked):
        assert asked.has_ended(within_s=SOON_S)


@pytest.mark.parametrize(
    ("problem", "reply"),
    [
        (Conflict("it is not running", status=409), Reply.NONE),
        (EngineError("no shell", status=400), Reply.UNABLE),
    ],
)
def test_an_engine_that_cannot_begin_it_is_told(problem: EngineError, reply: Reply) -> None:
    class Unable:
        def begin(self, reference: str, command: Command) -> Local:
            del reference, command
            raise problem

    asked = ask_inside(Unable(), "container", SIGN, within_s=SOON_S)

    assert asked.reply is reply
    assert not asked.has_ended(within_s=0.0)
    asked.close()
