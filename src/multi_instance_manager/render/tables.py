"""Tables for a terminal, and the same rows as plain columns for everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table


@dataclass(frozen=True, slots=True)
class Sheet:
    """A heading and rows of text; ``fixed`` names the columns that must stay on one line."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    fixed: frozenset[str] = frozenset()


def as_columns(sheet: Sheet) -> str:
    """The sheet as lines of aligned columns, as wide as they need to be."""
    lines: Sequence[tuple[str, ...]] = (sheet.columns, *sheet.rows)
    widths = [max(len(line[column]) for line in lines) for column in range(len(sheet.columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_table(sheet: Sheet, colours: dict[str, str]) -> Table:
    """The sheet for a terminal; ``colours`` gives a style to a cell by its first word."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in sheet.columns:
        table.add_column(column, no_wrap=column in sheet.fixed, overflow="fold")
    for row in sheet.rows:
        table.add_row(*(Text(cell, colours.get(cell.split(" ")[0], "")) for cell in row))
    return table
