"""What a terminal shows after a stream of text, by the terminal emulator pyte. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import pyte
from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyte.screens import Char

_MOST_ROWS = 400
_NAMES = {"brown": "yellow", "default": None}
_BRIGHT = "bright"


def shown_after(written: str, columns: int) -> list[Text]:
    """The rows, with their colours and without empty ones at the end."""
    screen = pyte.Screen(columns, _MOST_ROWS)
    screen.set_mode(pyte.modes.LNM)
    pyte.Stream(screen).feed(written)
    rows = [_row(screen.buffer[number], columns) for number in range(_MOST_ROWS)]
    while rows and not rows[-1].plain:
        rows.pop()
    return rows


def _row(cells: Mapping[int, Char], columns: int) -> Text:
    row = Text.assemble(*_pieces(cells, columns))
    row.rstrip()
    return row


def _pieces(cells: Mapping[int, Char], columns: int) -> Iterator[tuple[str, Style]]:
    row = [cells[number] for number in range(columns)]
    for look, run in groupby(row, lambda cell: (cell.fg, cell.bold, cell.italics)):
        colour, bold, italic = look
        style = Style(color=_colour(colour), bold=bold, italic=italic)
        yield "".join(cell.data for cell in run), style


def _colour(name: str) -> str | None:
    """Rich's name of a colour; pyte gives other colours as six hexadecimal digits."""
    if name in _NAMES:
        return _NAMES[name]
    if name.startswith(_BRIGHT):
        plain = name.removeprefix(_BRIGHT)
        return f"bright_{_NAMES.get(plain, plain)}"
    return f"#{name}" if len(name) == 6 and set(name) <= set("0123456789abcdef") else name  # noqa: PLR2004
