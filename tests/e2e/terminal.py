"""Runs a command in a pseudo-terminal, as a person has it before them."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from e2e.project import Project

_PATIENCE_S = 60.0
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9]|[=>78])")


class Terminal:
    """A command in a terminal of its own, with its screen as one growing text."""

    def __init__(
        self, project: Project, *words: str | Path, columns: int = 160, rows: int = 40
    ) -> None:
        self._main, worker = pty.openpty()
        self.resize(columns, rows)
        environment = {**project.environment, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        self._process = subprocess.Popen(
            [str(word) for word in words],
            cwd=project.root,
            env=environment,
            stdin=worker,
            stdout=worker,
            stderr=worker,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # no threads here
        )
        os.close(worker)
        self.raw = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._main)

    @property
    def pid(self) -> int:
        """The process of the command."""
        return self._process.pid

    @property
    def text(self) -> str:
        """All that was written, without colours and cursor movements."""
        return _ESCAPES.sub("", self.raw).replace("\r\n", "\n")

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self._main, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._main, keys.encode())

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command."""
        self._process.send_signal(number)

    def wait_for(self, *words: str) -> str:
        """Read until every word was written since the last wait; gives what came."""
        before = len(self.text)
        deadline = time.monotonic() + _PATIENCE_S
        while not all(word in self.text[before:] for word in words):
            alive = self._read(deadline - time.monotonic())
            new = self.text[before:]
            if not alive and not all(word in new for word in words):
                raise AssertionError(f"ended without {words}:\n{self.text}")
            assert time.monotonic() < deadline, f"{words} did not come:\n{self.text}"
        return self.text[before:]

    def ended(self) -> int:
        """Wait for the end; gives the exit code, or minus the signal's number."""
        deadline = time.monotonic() + _PATIENCE_S
        while self._read(min(0.2, deadline - time.monotonic())) or self._process.poll() is None:
            assert time.monotonic() < deadline, f"does not end:\n{self.text}"
        return self._process.wait()

    def _read(self, patience_s: float) -> bool:
        """Take in what there is; False once the other side has closed the terminal."""
        ready, _, _ = select.select([self._main], [], [], max(0.0, min(patience_s, 0.5)))
        if not ready:
            return self._process.poll() is None
        with suppress(OSError):
            chunk = os.read(self._main, 65536)
            self.raw += chunk.decode(errors="replace")
            return bool(chunk)
        return False
