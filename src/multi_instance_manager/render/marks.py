"""Colour for single words and lines, where a terminal shows it and nobody asked for none."""

from __future__ import annotations

import os
import secrets
import sys

from multi_instance_manager.text.printable import printable

_CODES = {"red": 31, "green": 32, "yellow": 33, "bright_black": 90, "bold": 1}
_ESCAPE = "\x1b"
_MARK = f"(own sequence {secrets.token_hex(16)})"


def marked(text: str, style: str) -> str:
    """The text in that style on a terminal; as it is elsewhere, or where no colour is wanted."""
    shown = printable(text)
    if sys.stdout is None or not sys.stdout.isatty() or are_unwanted():
        return shown
    return own(f"{_ESCAPE}[{_CODES[style]}m{shown}{_ESCAPE}[0m")


def own(drawing: str) -> str:
    """A drawing of ours, whose sequences are meant: nothing foreign may be in it unescaped.

    The outlet escapes every other sequence; nobody can write this mark into a text beforehand.
    """
    return drawing.replace(_ESCAPE, _MARK)


def restored(text: str) -> str:
    """The text with our own sequences as a terminal takes them."""
    return text.replace(_MARK, _ESCAPE)


def are_unwanted() -> bool:
    """Whether colours are unwanted on any terminal: it has none, or the person said so."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM", "dumb") == "dumb"
