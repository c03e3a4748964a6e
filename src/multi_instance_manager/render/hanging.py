"""Text that goes on below its own beginning, where a terminal is too narrow for it."""

from __future__ import annotations

import shutil
import sys
import textwrap

from multi_instance_manager.text.printable import printable

_NARROWEST = 20


def hanging(text: str, begin: int) -> str:
    """The text, which begins in that column, folded between words; as it is in a pipe or file."""
    text = printable(text)
    if sys.stdout is None or not sys.stdout.isatty():
        return text
    room = shutil.get_terminal_size().columns - begin
    if room < _NARROWEST:
        return text
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    return f"\n{' ' * begin}".join(lines)
