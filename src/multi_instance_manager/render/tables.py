"""Tables for a terminal, and plain columns elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

NOTHING = "-"


class Sheet(msgspec.Struct, frozen=True):
    """A heading and rows of text, possibly foreign: drawing it makes it `printable`.

    ``spare`` are the columns that a narrow terminal can do without, the least important first;
    ``narrow`` says the same in less width.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    spare: tuple[str, ...] = ()
    narrow: Sheet | None = None


def without_column(sheet: Sheet, column: str) -> Sheet:
    """Remove a column."""
    kept = [index for index, name in enumerate(sheet.columns) if name != column]
    rows = tuple(tuple(row[index] for index in kept) for row in sheet.rows)
    return replace(sheet, columns=tuple(sheet.columns[index] for index in kept), rows=rows)


def fitted(sheet: Sheet, width: int) -> Sheet:
    """Remove spare columns until the table fits, as far as that is possible."""
    for column in sheet.spare:
        if width_of(sheet) <= width:
            break
        sheet = without_column(sheet, column)
    if sheet.narrow is not None and width_of(sheet) > width:
        return fitted(sheet.narrow, width)
    return sheet


def with_column(sheet: Sheet, column: str, cells: Sequence[str]) -> Sheet:
    """Add a column at the end, unless it is empty."""
    if all(cell == NOTHING for cell in cells):
        return sheet
    rows = zip(sheet.rows, cells, strict=True)
    longer = tuple((*row, cell) for row, cell in rows)
    return replace(sheet, columns=(*sheet.columns, column), rows=longer)


def as_columns(sheet: Sheet) -> str:
    """Return lines of aligned columns, as wide as needed."""
    lines = _lines(sheet)
    widths = [max(len(line[column]) for line in lines) for column in range(len(sheet.columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def width_of(sheet: Sheet) -> int:
    """Return the width of the sheet as a table, in columns of a terminal."""
    from rich.cells import cell_len

    lines = _lines(sheet)
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(sheet.columns))]
    return sum(widths) + 3 * len(widths) - 1


def as_table(sheet: Sheet, colours: dict[str, str]) -> Table:
    """Return the sheet as a table for a terminal.

    ``colours`` styles a cell by its first word, without a trailing colon.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in sheet.columns:
        table.add_column(column, no_wrap=True)
    for row in _lines(sheet)[1:]:
        table.add_row(
            *(Text(cell, colours.get(cell.split(" ")[0].rstrip(":"), "")) for cell in row)
        )
    return table


def _lines(sheet: Sheet) -> Sequence[tuple[str, ...]]:
    return [tuple(map(printable, line)) for line in (sheet.columns, *sheet.rows)]
