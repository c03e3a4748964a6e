"""The manager's own terminal while a command in a container uses it."""

from __future__ import annotations

import os
import signal
import sys
import termios
import tty
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

STDIN, STDOUT, STDERR = 0, 1, 2
_USUAL = (80, 24)
_ENDING = (signal.SIGTERM, signal.SIGHUP)


def is_terminal(stream: object) -> bool:
    """Whether a standard stream exists and is a terminal."""
    return stream is not None and bool(getattr(stream, "isatty", lambda: False)())


def both_ends_are_terminals() -> bool:
    """Whether input and output are terminals."""
    return is_terminal(sys.stdin) and is_terminal(sys.stdout)


def size() -> tuple[int, int]:
    """Columns and rows of the terminal."""
    for descriptor in (STDOUT, STDIN, STDERR):
        with suppress(OSError):
            found = os.get_terminal_size(descriptor)
            if found.columns and found.lines:
                return found.columns, found.lines
    return _USUAL


@contextmanager
def raw_input() -> Iterator[None]:
    """Pass all keys through, including Ctrl-C; always restore the terminal."""
    before = termios.tcgetattr(STDIN)
    try:
        # Without a flush: keys typed ahead belong to the command.
        tty.setraw(STDIN, termios.TCSANOW)
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(STDIN, termios.TCSANOW, before)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn termination signals into KeyboardInterrupt, so that everything is restored."""

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def resizes() -> Iterator[int]:
    """Yield a descriptor that becomes readable whenever the terminal's size changes."""
    inner, outer = os.pipe()
    for descriptor in (inner, outer):
        os.set_blocking(descriptor, False)

    def tell(number: int, frame: FrameType | None) -> None:
        del number, frame
        with suppress(OSError):
            os.write(outer, b"\n")

    before = signal.signal(signal.SIGWINCH, tell)
    try:
        yield inner
    finally:
        signal.signal(signal.SIGWINCH, before)
        os.close(outer)
        os.close(inner)
