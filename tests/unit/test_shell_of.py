"""Which shell an image has: its own programs tell, and no wait for them is without an end."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from multi_instance_manager.commands.stream import exec as exec_of
from multi_instance_manager.commands.stream.exec import shell_of
from multi_instance_manager.commands.survey.request import Request
from multi_instance_manager.engine.protocol.exec import OutputStream, Piece
from multi_instance_manager.errors import InstanceFailed
from unit.builders import some_settings
from unit.test_bounded_output import Program

PATIENCE_S = 30


class Endless(Program):
    """Writes again and again, or nothing, for as long as a test may take; then it has ended."""

    def __init__(self, written: bytes) -> None:
        super().__init__()
        os.write(self._writer, b"x")  # a wait without an end would go round and round
        self._pieces = self._again_and_again(written)

    def _again_and_again(self, written: bytes) -> Iterator[tuple[Piece, ...]]:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            yield (Piece(OutputStream.OUTPUT, written),) if written else ()

    def receive(self) -> tuple[Piece, ...] | None:
        return next(self._pieces, None)


def request_to(program: Program, patch: pytest.MonkeyPatch) -> Request:
    patch.setattr(Request, "runner", lambda _: program)
    return Request(some_settings(), {})


def test_the_first_shell_that_ends_well_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    request = request_to(Program(b"hello", None), monkeypatch)

    assert shell_of(request, "c1", "user-a") == "bash"


@pytest.mark.parametrize("written", [b"", b"x"], ids=["silent", "talkative"])
def test_a_shell_that_does_not_end_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, written: bytes
) -> None:
    monkeypatch.setattr(exec_of, "_SHELL_WITHIN_S", 0.05)

    with closing(Endless(written)) as program, pytest.raises(InstanceFailed) as caught:
        shell_of(request_to(program, monkeypatch), "c1", "user-a")

    assert str(caught.value) == (
        "profile user-a: its bash does not end within 0.05 s; "
        "`multi-instance exec user-a COMMAND` runs another program"
    )
    assert program.is_closed
