"""The resources of instances as a table. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.render.tables import Sheet, without_column
from multi_instance_manager.text.amounts import size_text
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.reports.stats import InstanceStats, StatsReport, Use

_COLUMNS = (
    "PROFILE",
    "STATE",
    "CPU",
    "MEMORY",
    "OF LIMIT",
    "LIMIT",
    "NET IN",
    "NET OUT",
    "BLOCK IN",
    "BLOCK OUT",
    "PROCESSES",
)
_FIRST_TO_GO = ("BLOCK IN", "BLOCK OUT", "LIMIT", "PROCESSES", "NET IN", "NET OUT", "STATE")
COLOURS = {"running": "green", "paused": "yellow", "restarting": "yellow", "exited": "red"}


def stats_sheet(report: StatsReport) -> Sheet:
    """Return a row for each instance, and one for the sum."""
    rows = [_row(stats) for stats in report.instances]
    running = sum(stats.use.memory_bytes is not None for stats in report.instances)
    total = _cells("TOTAL", f"{running} measured", report.total, "", "")
    return Sheet(_COLUMNS, (*rows, total))


def fitted(sheet: Sheet, height: int, fits: Callable[[Sheet], bool]) -> Sheet:
    """Return the part of the sheet that fits; heading and sum always stay."""
    for name in _FIRST_TO_GO:
        if fits(sheet):
            break
        sheet = without_column(sheet, name)
    *rows, total = sheet.rows
    room = max(1, height - 1)
    if len(rows) <= room:
        return sheet
    more = (f"… {len(rows) - room + 1} more", *[""] * (len(sheet.columns) - 1))
    return Sheet(sheet.columns, (*rows[: room - 1], more, total))


def _row(stats: InstanceStats) -> tuple[str, ...]:
    percent = _percent(stats.memory_percent)
    limit = _size(stats.memory_limit_bytes)
    return _cells(printable(stats.profile), stats.state, stats.use, percent, limit)


def _cells(name: str, state: str, use: Use, percent: str, limit: str) -> tuple[str, ...]:
    return (
        name,
        state,
        _percent(use.cpu_percent),
        _size(use.memory_bytes),
        percent,
        limit,
        _size(use.received_bytes),
        _size(use.sent_bytes),
        _size(use.read_bytes),
        _size(use.written_bytes),
        "-" if use.processes is None else str(use.processes),
    )


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}%"


def _size(count: int | None) -> str:
    return "-" if count is None else size_text(count)
