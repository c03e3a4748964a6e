"""Running a command over the Docker Engine API."""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from multi_instance_manager.engine.frames import Frames
from multi_instance_manager.engine.mapping import mapped, short
from multi_instance_manager.engine.running import Piece, Stream
from multi_instance_manager.engine.upgraded import close_for_writing, upgraded
from multi_instance_manager.errors import EngineError, EngineUnreachable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docker import APIClient

    from multi_instance_manager.engine.running import Command, Running
    from multi_instance_manager.engine.upgraded import Upgraded

_LARGEST_READ = 64 * 1024
_END_WITHIN_S = 10.0
_PAUSE_S = 0.02
# Without keys of ours the engine takes Ctrl-P away from shells, which scroll back with it.
_DETACH_KEYS = "ctrl-^,ctrl-],ctrl-^"
_NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class DockerRunner:
    """Begins commands in containers of one engine."""

    def __init__(self, client: APIClient) -> None:
        self._client = client

    def begin(self, reference: str, command: Command) -> Running:
        """Create the command and start it, connected."""
        action = f"running a command in {short(reference)}"
        with mapped(action):
            created = self._client.exec_create(
                reference,
                list(command.words),
                stdin=command.stdin,
                tty=command.tty,
                user=command.user,
                environment=list(command.environment),
                workdir=command.working_dir or None,
                detach_keys=_DETACH_KEYS if command.tty else None,
            )
            exec_id = str(created["Id"])
        body = {"Detach": False, "Tty": command.tty}
        stream = upgraded(self._client, f"/exec/{exec_id}/start", body, action)
        return DockerRunning(self._client, exec_id, stream, Frames() if not command.tty else None)


class DockerRunning:
    """One command and its connection. ``frames`` is None where its output comes as it is."""

    def __init__(
        self, client: APIClient, exec_id: str, stream: Upgraded, frames: Frames | None
    ) -> None:
        self._client = client
        self._exec_id = exec_id
        self._stream = stream
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
                    "running a command: the connection to the engine broke"
                ) from problem
            if not received:
                return None
        return self._frames.feed(received) if self._frames else (Piece(Stream.OUTPUT, received),)

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
        with mapped("resizing a terminal"):
            self._client.exec_resize(self._exec_id, height=rows, width=columns)

    def exit_code(self) -> int:
        """The code that the engine tells: it may come a moment after the output's end."""
        deadline = time.monotonic() + _END_WITHIN_S
        while True:
            with mapped("asking for the exit code"):
                details = self._client.exec_inspect(self._exec_id)
                code = details["ExitCode"]
            if not details.get("Running") and code is not None:
                return int(code)
            if time.monotonic() > deadline:
                raise EngineError(
                    "running a command: its output has ended, but it goes on without a connection"
                )
            time.sleep(_PAUSE_S)

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(OSError):
            self._socket.close()
