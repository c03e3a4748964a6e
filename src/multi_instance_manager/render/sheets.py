"""Renders a sheet for standard output: a table on a terminal, columns elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from multi_instance_manager.render import outlet
from multi_instance_manager.render.marks import own
from multi_instance_manager.render.tables import Sheet, as_columns, as_table, fitted, width_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def sheet_text(sheet: Sheet, colours: Mapping[str, str] | None = None) -> str:
    """Return the sheet, ending with a newline; ``colours`` styles a cell by its first word.

    If a terminal is too narrow, spare columns are left out; nothing is wrapped or cut.
    """
    if sys.stdout is None or not sys.stdout.isatty():
        return as_columns(sheet) + "\n"
    console = outlet.console()
    sheet = fitted(sheet, console.width)
    if width_of(sheet) > console.width:
        return as_columns(sheet) + "\n"
    with console.capture() as captured:
        console.print(as_table(sheet, dict(colours or {})))
    return own(captured.get())
