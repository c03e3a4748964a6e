"""An engine that goes away while it is watched: said once, tried again ever more patiently."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.errors import EngineError

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0


class EngineAbsence:
    """Tells when to try again, and what a person should know of it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wait_s = 0.0
        self._next_at = 0.0

    @property
    def wait_s(self) -> float:
        """Seconds until the next try; 0 where it is due, or the engine is there."""
        return max(0.0, self._next_at - self._clock()) if self._wait_s else 0.0

    @property
    def lasts(self) -> bool:
        """Whether the engine is away."""
        return self._wait_s > 0

    def begin(self, problem: EngineError) -> str | None:
        """The engine was not reached; gives the sentence for the first time, None after it."""
        is_news = not self.lasts
        self._wait_s = min(LONGEST_WAIT_S, self._wait_s * 2) if self._wait_s else FIRST_WAIT_S
        self._next_at = self._clock() + self._wait_s
        return f"{problem}; waiting for it to come back" if is_news else None

    def end(self) -> str | None:
        """The engine answers; gives the sentence where it had been away."""
        was_away = self.lasts
        self._wait_s = 0.0
        return "the engine is back" if was_away else None
