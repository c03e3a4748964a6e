"""A string that does not show itself: API keys travel through the program inside it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

MASK = "********"


@dataclass(frozen=True, slots=True)
class Secret:
    """Holds a secret; ``repr`` and ``str`` give a mask, `reveal` the value itself."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The value, for the one place that must have it."""
        return self._value

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret({MASK})"
