"""Running a command over the Docker Engine API."""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from multi_instance_manager.engine.docker.execution import Execution
from multi_instance_manager.engine.protocol.exec import OutputStream, Piece
from multi_instance_manager.engine.wire.frames import Frames
from multi_instance_manager.engine.wire.hijack import close_for_writing
from multi_instance_manager.errors import EngineError, EngineUnreachable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.engine.protocol.exec import Command, Running
    from multi_instance_manager.engine.wire.api import Api

_LARGEST_READ = 64 * 1024
_END_WITHIN_S = 10.0
_PAUSE_S = 0.02
_NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class DockerRunner:
    """Begins commands in containers of one engine."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def begin(self, reference: str, command: Command) -> Running:
        """Create the command and start it, connected."""
        execution = Execution(self._api, reference, command)
        return DockerRunning(execution, Frames() if not command.tty else None)


class DockerRunning:
    """One command and its connection. ``frames`` is None where its output comes as it is."""

    def __init__(self, execution: Execution, frames: Frames | None) -> None:
        self._execution = execution
        stream = execution.start()
        self._socket = stream.socket
        self._early = stream.received
        self._frames = frames

    def fileno(self) -> int:
        """The connection's descriptor."""
        return self._socket.fileno()

    def receive(self) -> Sequence[Piece] | None:
        """What has come; what came with the answer itself is first."""
        received, self._early = self._early, b""
        if not received:
            try:
                received = self._socket.recv(_LARGEST_READ)
            except _NOT_YET:
                return ()
            except OSError as problem:
                raise EngineUnreachable(
                    "running a command", "the connection to the engine broke"
                ) from problem
            if not received:
                return None
        return (
            self._frames.feed(received) if self._frames else (Piece(OutputStream.OUTPUT, received),)
        )

    def send(self, content: bytes) -> int:
        """Send what the connection takes now."""
        try:
            return self._socket.send(content)
        except _NOT_YET:
            return 0

    def end_input(self) -> None:
        """Close one half of the connection."""
        close_for_writing(self._socket)

    def resize(self, columns: int, rows: int) -> None:
        """Tell its terminal's size."""
        self._execution.resize(columns, rows)

    def exit_code(self) -> int:
        """The code that the engine tells: it may come a moment after the output's end."""
        deadline = time.monotonic() + _END_WITHIN_S
        while True:
            code = self._execution.exit_code()
            if code is not None:
                return code
            if time.monotonic() > deadline:
                raise EngineError(
                    "running a command", "its output has ended, but it goes on without a connection"
                )
            time.sleep(_PAUSE_S)

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(OSError):
            self._socket.close()
