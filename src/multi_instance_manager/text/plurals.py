"""Numbers with their nouns. Pure."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """``1 instance`` or ``3 instances``; ``many`` where the plural is not made with an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
