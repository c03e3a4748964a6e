"""Interruptions: the first asks the run to end in good order, the second ends it now."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from multi_instance_manager.errors import ExitCode

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from types import FrameType

ENDING = "interrupted: finishing or undoing what has begun; once more leaves at once"
LEFT_AT_ONCE = "left at once; run `multi-instance up` again, it finishes or undoes the rest"
_STANDARD_ERROR = 2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible(stop: threading.Event) -> Iterator[None]:
    """Set ``stop`` at the first signal, and say what happens now.

    The second signal leaves at once: threads that wait for the engine cannot be ended otherwise,
    and the next run recovers from any point.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        if stop.is_set():
            _tell(LEFT_AT_ONCE)
            os._exit(int(ExitCode.INTERRUPTED))
        stop.set()
        _tell(ENDING)

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(message: str) -> None:
    """Write past all buffers: the signal may have come in the middle of another write."""
    with suppress(OSError):
        os.write(_STANDARD_ERROR, f"\n{message}\n".encode())
