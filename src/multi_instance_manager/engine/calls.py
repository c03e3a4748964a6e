"""One call of the Engine API and its whole answer, whatever carries it."""

from __future__ import annotations

from typing import Protocol

import msgspec

# The largest answer that is taken in: an archive of a folder; a list of containers is far smaller.
LARGEST_ANSWER = 256 * 1024**2


class Answer(msgspec.Struct, frozen=True):
    """The status of HTTP, and the body with whatever way it was sent taken off."""

    status: int
    content: bytes


class TooLarge(ValueError):
    """The answer has no end within what is taken in."""


class Calls(Protocol):
    """A way to an engine, safe to use from several threads.

    Raises `TimeoutError` where the engine is silent for longer than it may be, another `OSError`
    where the connection cannot be made or breaks, `TooLarge`, or an `EngineError` where it knows
    better.
    """

    def call(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        *,
        longer_s: float = 0,
    ) -> Answer:
        """Ask once. ``target`` has the version and the query; ``longer_s`` adds to the patience."""

    def be_patient(self, silence_s: float) -> None:
        """From now on the engine may be silent for so many seconds."""
