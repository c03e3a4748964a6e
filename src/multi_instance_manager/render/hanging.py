"""Wraps text below its own first column if a terminal is too narrow.

A command in backquotes is never broken: a person copies it as one line.
"""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING

from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from typing import TextIO

_NARROWEST = 20
_WORDS = re.compile(r"( *)((?:`[^`]*`|\S)+)")


def hanging(text: str, begin: int) -> str:
    """Wrap text on standard output, which starts in that column; unchanged in a pipe or file."""
    text = printable(text)
    columns = columns_of(sys.stdout)
    return text if columns is None else wrapped(text, columns - begin, " " * begin)


def below(line: str, indent: int = 2) -> str:
    """Wrap a line on standard output; the rest of it is indented."""
    columns = columns_of(sys.stdout)
    line = printable(line)
    return line if columns is None else wrapped(line, columns, " " * indent, indent)


def columns_of(stream: TextIO | None) -> int | None:
    """Return the width of the terminal, or None if the stream is none."""
    if stream is None or not stream.isatty():
        return None
    return shutil.get_terminal_size().columns


def wrapped(text: str, room: int, indent: str, taken: int = 0) -> str:
    """Wrap between words; the lines below the first begin with ``indent``.

    ``room`` is the width of a line, of which the indent takes ``taken``.
    """
    if room - taken < _NARROWEST or len(text) <= room:
        return text
    lines = [""]
    for gap, word in _WORDS.findall(text):
        limit = room if len(lines) == 1 else room - taken
        if lines[-1].strip() and len(lines[-1]) + len(gap) + len(word) > limit:
            lines.append(word)
        else:
            lines[-1] += gap + word
    return f"\n{indent}".join(lines)
