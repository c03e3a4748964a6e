"""A string that does not show itself, for API keys inside the program. Pure."""

from __future__ import annotations

MASK = "********"


class Secret:
    """Holds a secret; ``repr`` and ``str`` return a mask, `reveal` the value itself.

    A plain class on purpose: no library that serialises structures can read it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, for the one place that needs it."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value)

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret({MASK})"
