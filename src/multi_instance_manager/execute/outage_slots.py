"""Turns at what only few may do at once, so that each is done with it soon.

The engine's calls that change something take turns, and so do replacements: one leaves nothing
serving between the stop of the old container and the start of the new one. How long that is depends
on how many do it at the same time: the engine and the kernel take containers down one after
another. A turn that takes long waits for an application and no longer for the engine: it stops to
count, so that a slow shutdown holds nobody up.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_COUNTS_FOR_S = 2.0
_FOR_EVER_S = threading.TIMEOUT_MAX


def outages(engine_calls: int) -> ConcurrencySlots:
    """The turns of replacements, for so many engine calls at once.

    Two calls at once keep the engine as busy as four do, and each is done in little more than half
    the time (two processors; `docs/explanation/performance.md` has the figures).
    """
    return ConcurrencySlots(max(1, engine_calls // 2))


def engine_calls(at_once: int) -> ConcurrencySlots:
    """The turns of calls that make the engine create, start, stop or remove, each to its end."""
    return ConcurrencySlots(at_once, counts_for_s=_FOR_EVER_S)


class ConcurrencySlots:
    """``at_once`` turns at the same time, each counted for ``counts_for_s`` at most."""

    def __init__(self, at_once: int, *, counts_for_s: float = _COUNTS_FOR_S) -> None:
        self._at_once = at_once
        self._counts_for_s = counts_for_s
        self._changed = threading.Condition()
        self._counted_until: dict[object, float] = {}

    @contextmanager
    def turn(self, *, counts_for_s: float | None = None) -> Iterator[None]:
        """Wait for a turn, and have it while this is entered.

        With ``counts_for_s`` it counts for so long at most, however long the others do.
        """
        counted_s = self._counts_for_s if counts_for_s is None else counts_for_s
        mine = object()
        with self._changed:
            while (wait_s := self._wait_s()) > 0:
                self._changed.wait(min(wait_s, threading.TIMEOUT_MAX))
            self._counted_until[mine] = time.monotonic() + counted_s
        try:
            yield
        finally:
            with self._changed:
                del self._counted_until[mine]
                self._changed.notify()

    def _wait_s(self) -> float:
        """How long until one ends to count, where no turn is free; else zero."""
        now = time.monotonic()
        left = sorted(until - now for until in self._counted_until.values() if until > now)
        return left[len(left) - self._at_once] if len(left) >= self._at_once else 0.0
