"""Runs a command in a pseudo-terminal of fixed size and keeps all that it writes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COLUMNS = 108
_ROWS = 50
_PATIENCE_S = 120.0
_PAUSE_S = 0.04
"""Longer than the display takes to write itself once, shorter than until the next time."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is waited for while a command runs.

    ``answers`` are typed where the text before them was seen. Once every word of ``midway`` was
    seen, what stands there after ``rest_s`` seconds more is kept as well.
    """

    answers: Mapping[str, str]
    midway: Sequence[str] = ()
    rest_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Take:
    """All that a command wrote, what it had written midway, and its exit code."""

    end: str
    midway: str
    exit_code: int


def take(
    words: Sequence[str | Path], folder: Path, environment: Mapping[str, str], script: Script
) -> Take:
    """Run the command to its end."""
    main, worker = pty.openpty()
    fcntl.ioctl(main, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(  # noqa: S603  # the command of this repository
        [str(word) for word in words],
        cwd=folder,
        env={**environment, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
        stdin=worker,
        stdout=worker,
        stderr=worker,
        start_new_session=True,
    )
    os.close(worker)
    try:
        end, midway = _read(main, script)
    finally:
        code = process.wait(timeout=_PATIENCE_S)
        os.close(main)
    return Take(end, midway, code)


def _read(main: int, script: Script) -> tuple[str, str]:
    text, midway = "", ""
    answers = dict(script.answers)
    due = None
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        chunk = _chunk(main)
        if chunk is None:
            return text, midway
        text += chunk
        for question in [question for question in answers if question in text]:
            os.write(main, answers.pop(question).encode())
        if due is None and script.midway and all(word in text for word in script.midway):
            due = time.monotonic() + script.rest_s
        if not chunk and not midway and due is not None and time.monotonic() > due:
            midway = text
    raise SystemExit(f"the command does not end:\n{text}")


def _chunk(main: int) -> str | None:
    """What has come, or nothing after a pause; None once the other side closed the terminal."""
    ready, _, _ = select.select([main], [], [], _PAUSE_S)
    if not ready:
        return ""
    with suppress(OSError):
        return os.read(main, 65536).decode(errors="replace") or None
    return None
