"""`multi-instance status --watch`: refresh the status until interrupted.

On a terminal, each status replaces the one before. In a pipe, they follow one another, as blocks of
text or as lines of JSON.
"""

from __future__ import annotations

import signal
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from multi_instance_manager.cli.answer import say_unwritten, write
from multi_instance_manager.commands.look.status import status
from multi_instance_manager.errors import EngineError, ExitCode, Refused
from multi_instance_manager.render import outlet
from multi_instance_manager.render.status_text import status_text
from multi_instance_manager.reports.report import line_of
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from multi_instance_manager.commands.look.status import StatusQuery
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.reports.status import StatusReport

    Show = Callable[[StatusReport], str]


def keep_watching(
    request: Request, look: StatusQuery, *, wide: bool, interval_s: float
) -> NoReturn:
    """Refresh until interrupted; exits with 130. The first status fails like any command.

    If the engine goes away later, say so, and try again.
    """
    as_json = request.settings.output == "json"
    first = status(request, look)
    try:
        with _ended_by_signals(), _screen(as_json=as_json) as show:
            show(line_of(first) if as_json else _headed(first, wide=wide))
            while True:
                time.sleep(interval_s)
                show(_next(request, look, wide=wide, as_json=as_json))
    except KeyboardInterrupt:
        raise click.exceptions.Exit(int(ExitCode.INTERRUPTED)) from None


def _next(request: Request, look: StatusQuery, *, wide: bool, as_json: bool) -> str:
    try:
        report = status(request, look)
    except (Refused, EngineError) as problem:
        if as_json:
            raise
        return f"{time.strftime('%H:%M:%S')}  {printable(str(problem))}\n"
    return line_of(report) if as_json else _headed(report, wide=wide)


def _headed(report: StatusReport, *, wide: bool) -> str:
    return f"{report.taken_at.astimezone():%H:%M:%S}\n{status_text(report, wide=wide)}"


@contextmanager
def _screen(*, as_json: bool) -> Iterator[Callable[[str], None]]:
    """Yield the place to draw; a reader that has gone away ends the watch like an interruption."""
    if as_json or sys.stdout is None or not sys.stdout.isatty():
        yield lambda text: _append(text if as_json else f"{text}\n", as_json=as_json)
        return
    from rich.live import Live
    from rich.text import Text

    last = ""
    console = outlet.console()

    def show(text: str) -> None:
        nonlocal last
        last = text
        live.update(Text.from_ansi(outlet.shown(text), no_wrap=True, overflow="crop"), refresh=True)

    try:
        with Live(console=console, screen=True, auto_refresh=False) as live:
            yield show
    finally:
        write(last)


def _append(text: str, *, as_json: bool) -> None:
    """Write one status; end if the reader has gone."""
    try:
        outlet.write(text, is_document=as_json)
    except BrokenPipeError:
        raise KeyboardInterrupt from None
    except OSError as problem:
        say_unwritten(problem)
        raise click.exceptions.Exit(int(ExitCode.INSTANCE_FAILED)) from None


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Clear the screen on termination signals, too."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_ENDS = (signal.SIGTERM, signal.SIGHUP)
