"""Wraps text below its own first column if a terminal is too narrow."""

from __future__ import annotations

import shutil
import sys
import textwrap

from multi_instance_manager.text.printable import printable

_NARROWEST = 20


def hanging(text: str, begin: int) -> str:
    """Wrap the text, which starts in that column, between words; unchanged in a pipe or file."""
    text = printable(text)
    if sys.stdout is None or not sys.stdout.isatty():
        return text
    room = shutil.get_terminal_size().columns - begin
    if room < _NARROWEST:
        return text
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    return f"\n{' ' * begin}".join(lines)
