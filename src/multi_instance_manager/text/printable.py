"""Makes text printable: nothing in it acts on a terminal. Pure."""

from __future__ import annotations


def printable(text: str) -> str:
    """Escape everything that a terminal would act on, or could not show."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
