"""Colours for single words and lines, if the terminal shows them and the user allows them."""

from __future__ import annotations

import os
import secrets
import sys

from multi_instance_manager.text.printable import printable

_CODES = {"red": 31, "green": 32, "yellow": 33, "bright_black": 90, "bold": 1}
_ESCAPE = "\x1b"
_MARK = f"(own sequence {secrets.token_hex(16)})"


def marked(text: str, style: str) -> str:
    """Style the text on a terminal that shows colours; return it unchanged elsewhere."""
    shown = printable(text)
    if sys.stdout is None or not sys.stdout.isatty() or are_unwanted():
        return shown
    return own(f"{_ESCAPE}[{_CODES[style]}m{shown}{_ESCAPE}[0m")


def own(drawing: str) -> str:
    """Mark our own escape sequences; foreign text in the drawing must be escaped already.

    The outlet escapes all other sequences, and no one else can know this mark.
    """
    return drawing.replace(_ESCAPE, _MARK)


def restored(text: str) -> str:
    """Turn marked sequences back into terminal sequences."""
    return text.replace(_MARK, _ESCAPE)


def are_unwanted() -> bool:
    """Whether no terminal should get colours: it has none, or the user disabled them."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM", "dumb") == "dumb"
