"""The status as text for standard output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from multi_instance_manager.render.hanging import below, columns_of
from multi_instance_manager.render.sheets import sheet_text
from multi_instance_manager.render.status import COLOURS, status_lines, status_sheet

if TYPE_CHECKING:
    from multi_instance_manager.reports.status import StatusReport


def status_text(report: StatusReport, *, wide: bool) -> str:
    """Return the table and the remarks; on a terminal only with the columns that fit."""
    columns = columns_of(sys.stdout)
    text = "\n".join([*map(below, status_lines(report)), ""])
    if not report.instances:
        return text
    sheet = sheet_text(status_sheet(report, wide=wide, columns=columns), COLOURS)
    return sheet + ("\n" if columns is None else "") + text
