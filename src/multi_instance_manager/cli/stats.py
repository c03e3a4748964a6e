"""`multi-instance stats`: show the resources that instances use."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, NoReturn

import click

from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import POOL_OPTIONS, with_settings_options
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.request import requested
from multi_instance_manager.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, RenderableType

    from multi_instance_manager.commands.stream.stats import Meter
    from multi_instance_manager.render.tables import Sheet
    from multi_instance_manager.reports.stats import StatsReport
    from multi_instance_manager.settings.model import Settings

_EPILOG = """\b
Examples:
  multi-instance stats
  multi-instance stats user-a --no-stream
  multi-instance stats --output json | jq .total.memory_bytes
"""
_LINES_OF_A_TABLE = 5


@click.command("stats", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@click.option("--no-stream", is_flag=True, help="Measure once, even on a terminal.")
@with_settings_options(POOL_OPTIONS)
def command(profiles: tuple[str, ...], *, no_stream: bool, **flags: Any) -> None:
    """Show the processor, memory, network and disk use of the instances of PROFILEs, or of all.

    On a terminal the table refreshes until Ctrl-C. In a pipe or a file, with --no-stream or with
    --output json, it is measured once, in two or three seconds, or at once if none runs. 100% CPU
    is one processor. Memory excludes the page cache. For an instance without a limit, the
    percentage is of the machine's memory.

    Exit codes: 0 measured, 2 usage, 3 the engine does not answer or there is no pool, 130
    interrupted.
    """
    from multi_instance_manager.cli.streaming import until_interrupted
    from multi_instance_manager.commands.stream.stats import stats

    request = requested(flags, profiles)
    settings, meter = request.settings, stats(request)
    is_live = sys.stdout is not None and sys.stdout.isatty() and settings.output == "text"
    with until_interrupted(), closing(meter):
        if is_live and not no_stream:
            _live(meter)
        _once(meter, settings)


def _once(meter: Meter, settings: Settings) -> NoReturn:
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.render.sheets import sheet_text
    from multi_instance_manager.render.stats import COLOURS, stats_sheet

    answer(
        settings.output,
        meter.measure(),
        lambda report: sheet_text(_as_wide_as_the_terminal(stats_sheet(report)), COLOURS),
    )


def _as_wide_as_the_terminal(sheet: Sheet) -> Sheet:
    """On a terminal, drop the columns that do not fit; keep every row."""
    if sys.stdout is None or not sys.stdout.isatty():
        return sheet
    from multi_instance_manager.render import outlet
    from multi_instance_manager.render.stats import fitted

    return fitted(sheet, len(sheet.rows), _fits(outlet.console()))


def _fits(console: Console) -> Callable[[Sheet], bool]:
    """Whether a table fits, with a border between the columns and around them."""
    from multi_instance_manager.render.tables import width_of

    return lambda sheet: width_of(sheet) + len(sheet.columns) <= console.width


def _live(meter: Meter) -> NoReturn:
    """Draw until interrupted; while the engine is away, say so below the last numbers."""
    from rich.live import Live

    from multi_instance_manager.commands.stream.engine_absence import EngineAbsence
    from multi_instance_manager.render import outlet

    console, absence = outlet.console(), EngineAbsence()
    report, trouble = meter.measure(), ""
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            live.update(_drawing(report, trouble, console), refresh=True)
            time.sleep(absence.wait_s)
            try:
                report, trouble = meter.measure(), ""
                absence.end()
            except EngineError as problem:
                trouble = absence.begin(problem) or trouble


def _drawing(report: StatsReport, trouble: str, console: Console) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from multi_instance_manager.render.stats import COLOURS, fitted, stats_sheet
    from multi_instance_manager.render.tables import as_table
    from multi_instance_manager.text.printable import printable

    sheet = fitted(stats_sheet(report), console.height - _LINES_OF_A_TABLE, _fits(console))
    table = as_table(sheet, COLOURS)
    return Group(table, Text(printable(trouble), "yellow")) if trouble else table
