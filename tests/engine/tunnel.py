"""A socket here that leads to another one, as `ssh -L` makes it: a process that is no engine.

Or a port here: what listens on a port tells nothing of where it leads, either.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType


@dataclass
class Tunnel:
    """Carries bytes both ways, for as long as it is entered."""

    here: Path | tuple[str, int]
    there: Path
    _listener: socket.socket = field(init=False)

    @property
    def url(self) -> str:
        if isinstance(self.here, Path):
            return f"unix://{self.here}"
        host, port = self._listener.getsockname()
        return f"tcp://{host}:{port}"

    def __enter__(self) -> Tunnel:
        if isinstance(self.here, Path):
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(self.here))
            self._listener.listen()
        else:
            self._listener = socket.create_server(self.here)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near, socket.socket(socket.AF_UNIX) as far, suppress(OSError):
            far.connect(str(self.there))
            back = threading.Thread(target=_carry, args=(far, near), daemon=True)
            back.start()
            _carry(near, far)
            back.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(64 * 1024):
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
