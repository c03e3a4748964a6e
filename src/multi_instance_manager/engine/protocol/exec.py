"""Running a command in a container: the ability of an engine that `exec` and `shell` need."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence


class Command(msgspec.Struct, frozen=True):
    """What to run, and as whom. ``environment`` has ``NAME=VALUE`` entries.

    With ``tty`` it gets a terminal, and what it writes comes as one stream. With ``stdin`` it can
    be sent something; it reads an empty input otherwise. Empty texts mean the container's own.
    """

    words: tuple[str, ...]
    user: str = ""
    working_dir: str = ""
    environment: tuple[str, ...] = ()
    tty: bool = False
    stdin: bool = False


class OutputStream(IntEnum):
    """Where a command wrote something; the numbers are those of the engine's frames."""

    OUTPUT = 1
    ERROR = 2


class Piece(msgspec.Struct, frozen=True):
    """Something that a command wrote."""

    stream: OutputStream
    content: bytes


class Running(Protocol):
    """A command that was begun, over a connection that never blocks.

    ``fileno`` is to be polled for what `receive` and `send` wait for.
    """

    def fileno(self) -> int:
        """The connection's descriptor."""

    def receive(self) -> Sequence[Piece] | None:
        """What has come since; empty where nothing has, None once nothing will come any more."""

    def send(self, content: bytes) -> int:
        """Send what the connection takes now; gives how much. ConnectionError: nobody reads."""

    def end_input(self) -> None:
        """Say that nothing more will be sent; what it writes still comes."""

    def resize(self, columns: int, rows: int) -> None:
        """Tell its terminal's size."""

    def exit_code(self) -> int:
        """The command's own exit code, once it has ended."""

    def close(self) -> None:
        """Let go of the connection."""


class Runner(Protocol):
    """The call that begins a command."""

    def begin(self, reference: str, command: Command) -> Running:
        """Begin a command in a running container; raises `Conflict` where it does not run."""
