"""Colour for single words and lines, where a terminal shows it and nobody asked for none."""

from __future__ import annotations

import os
import sys

_CODES = {"red": 31, "green": 32, "yellow": 33, "bright_black": 90, "bold": 1}


def marked(text: str, style: str) -> str:
    """The text in that style on a terminal; as it is elsewhere, or where no colour is wanted."""
    if sys.stdout is None or not sys.stdout.isatty() or are_unwanted():
        return text
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def are_unwanted() -> bool:
    """Whether colours are unwanted on any terminal: it has none, or the person said so."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM", "dumb") == "dumb"
