"""The terminal of the manager itself while a command inside a container has the use of it."""

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
    """Whether a standard stream is there and is a terminal."""
    return stream is not None and bool(getattr(stream, "isatty", lambda: False)())


def both_ends_are_terminals() -> bool:
    """Whether a person types here and sees the output here."""
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
    """Pass every key on as it is, Ctrl-C among them; the terminal is put back whatever happens."""
    before = termios.tcgetattr(STDIN)
    try:
        # Without a flush: what was typed ahead belongs to the command, too.
        tty.setraw(STDIN, termios.TCSANOW)
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(STDIN, termios.TCSANOW, before)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn a request to end into KeyboardInterrupt, so that everything is put back on the way."""

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
    """Give a descriptor that becomes readable whenever the terminal gets another size."""
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
