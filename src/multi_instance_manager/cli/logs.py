"""`multi-instance logs`: show the logs of instances, merged by time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import POOL_OPTIONS, with_settings_options
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.request import requested
from multi_instance_manager.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from re import Pattern

    from multi_instance_manager.commands.stream.logs import Logs, Shown
    from multi_instance_manager.settings.model import Settings

_EPILOG = """\b
Examples:
  multi-instance logs user-a --tail 50
  multi-instance logs --follow --since 10m
  multi-instance logs 'user-*' --grep 'ERROR|WARN' --timestamps
  multi-instance logs --since 1d --output json > lines.jsonl
"""


@click.command("logs", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@click.option("-f", "--follow", is_flag=True, help="Follow the logs.")
@click.option("--since", metavar="TIME", help="Show lines since: 10m, 2h, 1d ago, a date or time.")
@click.option("--until", metavar="TIME", help="Show lines until: 10m, 2h, 1d ago, a date or time.")
@click.option("-n", "--tail", metavar="N", help="Show only the last N lines of each instance.")
@click.option("--grep", metavar="REGEX", help="Show only lines that match the expression.")
@click.option("-t", "--timestamps", is_flag=True, help="Begin each line with its time, in UTC.")
@click.option("--no-prefix", is_flag=True, help="Do not begin each line with its profile.")
@with_settings_options(POOL_OPTIONS)
def command(profiles: tuple[str, ...], **flags: Any) -> None:
    """Show the logs of the instances of PROFILEs, or of all, merged by time.

    Shows standard output and standard error. Masks keys and the values of saved sessions, and
    escapes control characters. --follow goes on until Ctrl-C: across restarts and replacements,
    with new instances, and after an outage of the engine. With --output json each line is a JSON
    document of the schema multi-instance/log-line/1.

    Exit codes: 0 all shown, 1 some log could not be read, 2 usage, 3 the engine does not
    answer or there is no pool, 130 interrupted (the usual end of --follow).
    """
    from multi_instance_manager.cli.streaming import show_as_it_comes

    logs, text_of, is_document = _prepared(profiles, flags)
    show_as_it_comes(logs.lines(), text_of, is_document=is_document)
    raise click.exceptions.Exit(int(ExitCode.INSTANCE_FAILED if logs.failed else ExitCode.OK))


def _prepared(
    patterns: tuple[str, ...], flags: dict[str, Any]
) -> tuple[Logs, Callable[[Shown], str], bool]:
    """Return the logs and their line format; raises `UsageProblems` with all problems."""
    from multi_instance_manager.cli.streaming import Problems
    from multi_instance_manager.commands.stream.logs import logs
    from multi_instance_manager.commands.stream.time_range import (
        Between,
        between,
        expression,
        log_span,
    )
    from multi_instance_manager.engine.protocol.watcher import LogSpan

    given = {name: flags.pop(name) for name in _OWN}
    problems, now_ns = Problems(), time.time_ns()
    request = problems.gather(lambda: requested(flags, patterns))
    times = problems.gather(lambda: between(given["since"], given["until"], now_ns=now_ns))
    span = problems.gather(
        lambda: log_span(
            given["tail"], times or Between(None, None), follow=given["follow"], now_ns=now_ns
        )
    )
    wanted = problems.gather(lambda: expression(given["grep"])) if given["grep"] else None
    if request is None:
        problems.refuse()
    found = problems.gather_from_engine(lambda: logs(request, span or LogSpan()))
    if found is None or span is None or problems.any():
        problems.refuse()
    look = _look(request.settings, given, found.profile_names, wanted)
    return found, look, request.settings.output == "json"


_OWN = ("follow", "since", "until", "tail", "grep", "timestamps", "no_prefix")


def _look(
    settings: Settings, given: dict[str, Any], names: tuple[str, ...], wanted: Pattern[str] | None
) -> Callable[[Shown], str]:
    """Return the format of a line; it gives an empty text for lines that --grep leaves out."""
    from multi_instance_manager.cli.streaming import colours_are_wanted
    from multi_instance_manager.render.log_lines import LogText, log_line_json

    text = LogText(not given["no_prefix"], given["timestamps"], colours_are_wanted())
    text.make_room_for(names)
    look = log_line_json if settings.output == "json" else text.line
    return lambda shown: look(shown) if not wanted or wanted.search(shown.line.text) else ""
