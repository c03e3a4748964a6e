"""Draws lines of a terminal as an SVG that asks no other host for anything."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

_BACKGROUND = (24, 28, 36)
_THEME = TerminalTheme(
    _BACKGROUND,
    (214, 219, 229),
    [
        (70, 78, 94),
        (240, 113, 120),
        (132, 204, 130),
        (236, 196, 104),
        (111, 173, 240),
        (205, 147, 232),
        (103, 205, 204),
        (214, 219, 229),
    ],
    [
        (130, 139, 158),
        (255, 139, 146),
        (158, 228, 156),
        (255, 219, 130),
        (143, 196, 255),
        (224, 175, 247),
        (134, 228, 226),
        (244, 246, 250),
    ],
)
_FORMAT = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>TITLE</title>
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, "DejaVu Sans Mono", "SF Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{
  font-family: ui-sans-serif, system-ui, "DejaVu Sans", sans-serif;
  font-size: 18px;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def drawn(rows: Iterable[Text], columns: int, name: str, title: str) -> str:
    """The picture of a terminal with these rows; ``name`` makes its ids its own."""
    console = Console(
        record=True,
        width=columns,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    for row in rows:
        console.print(row, no_wrap=True, crop=False, highlight=False)
    console.print()  # the frame ends close below the last line, where it would cut its letters
    form = _FORMAT.replace("TITLE", title)
    svg = console.export_svg(title=title, theme=_THEME, code_format=form, unique_id=name)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"
