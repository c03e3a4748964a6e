"""Waiting that a stop ends: the stop signals are blocked, and taken only where it waits."""

import signal
import time

from reference_instance.output import log

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LONGEST_WAIT_S = 3600.0


class Stopped(Exception):
    """A signal said stop."""


class Pauses:
    """Waits for time or for a stop. Blocked signals reach even process 1 here.

    No handler can interrupt a save.
    """

    def __init__(self, *, ignore_stops: bool = False) -> None:
        """``ignore_stops``: say that a stop came, and go on."""
        self._ignore_stops = ignore_stops

    def until(self, at_s: float) -> None:
        """Return at a moment of the monotonic clock; raises `Stopped` before it."""
        while True:
            left_s = max(0.0, at_s - time.monotonic())
            received = signal.sigtimedwait(STOP_SIGNALS, min(left_s, _LONGEST_WAIT_S))
            if received and not self._ignore_stops:
                raise Stopped
            if received:
                log(f"{signal.Signals(received.si_signo).name}: ignored")
            elif left_s <= _LONGEST_WAIT_S:
                return

    def for_(self, seconds: float) -> None:
        """Return after so many seconds; raises `Stopped` before."""
        self.until(time.monotonic() + seconds)
