"""Interruptions: the first ends the run in order, the second ends it at once."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from multi_instance_manager.errors import ExitCode

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from types import FrameType

ENDING = "interrupted: finishing or undoing what has begun; once more leaves at once"
LEFT_AT_ONCE = "left at once; run `multi-instance {}` again, it finishes or undoes the rest"
_UNTOUCHED = "interrupted; nothing was touched"
_RESULT_LOST = (
    "interrupted before the result was told; what had begun has ended: see `multi-instance status`"
)
_BEGAN = "multi-instance.began"
_STANDARD_ERROR = 2
_CURSOR_SHOWN = b"\x1b[?25h"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible(stop: threading.Event, command: str = "up") -> Iterator[None]:
    """Set ``stop`` at the first signal, and say what happens next.

    ``command`` is the command that finishes the work after a second signal.

    The second signal exits at once, because threads that wait for the engine cannot be ended; the
    next run recovers from any point.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        if stop.is_set():
            _show_cursor()
            _tell(LEFT_AT_ONCE.format(command))
            os._exit(int(ExitCode.INTERRUPTED))
        stop.set()
        _tell(ENDING)

    _note_that_it_began()
    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _note_that_it_began() -> None:
    """Record that the run has begun: from now on "nothing was touched" would be wrong."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta[_BEGAN] = True


def say_interrupted(context: click.Context) -> None:
    """Report an interruption outside of a run."""
    _tell(_RESULT_LOST if context.meta.get(_BEGAN) else _UNTOUCHED)


def _show_cursor() -> None:
    """Show the cursor again; a live display had hidden it."""
    if os.isatty(_STANDARD_ERROR):
        with suppress(OSError):
            os.write(_STANDARD_ERROR, _CURSOR_SHOWN)


def _tell(message: str) -> None:
    """Write unbuffered: the signal may interrupt another write."""
    with suppress(OSError):
        os.write(_STANDARD_ERROR, f"\n{message}\n".encode())
