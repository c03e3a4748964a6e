"""`multi-instance events`: show the events of instances as they happen."""

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

    from multi_instance_manager.commands.stream.events import FleetEvents
    from multi_instance_manager.commands.stream.instance_events import InstanceEvent

_EPILOG = """\b
Examples:
  multi-instance events
  multi-instance events user-a --since 1h --until now
  multi-instance events --output json | jq --unbuffered -r '[.at, .profile, .what] | @tsv'
"""


@click.command("events", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@click.option("--since", metavar="TIME", help="Show events since: 10m, 2h, 1d ago, a date or time.")
@click.option("--until", metavar="TIME", help="End at: 10m, 2h, 1d ago, now, a date or time.")
@with_settings_options(POOL_OPTIONS)
def command(profiles: tuple[str, ...], **flags: Any) -> None:
    """Show the events of the instances of PROFILEs, or of all, one line each.

    Events are starts, ends with their exit code, lack of memory, health, replacements and removals.
    --since also shows past events of this pool, as far back as the engine remembers: it keeps a
    limited number for all containers, until it restarts. Goes on until --until or Ctrl-C, also
    after an outage of the engine. With --output json each line is a JSON document of the schema
    multi-instance/instance-event/1.

    Exit codes: 0 all shown up to --until, 2 usage, 3 the engine does not answer or there is no
    pool, 130 interrupted.
    """
    from multi_instance_manager.cli.streaming import show_as_it_comes

    events, text_of, is_document = _prepared(profiles, flags)
    show_as_it_comes(events.happenings(), text_of, is_document=is_document)
    raise click.exceptions.Exit(int(ExitCode.OK))


def _prepared(
    patterns: tuple[str, ...], flags: dict[str, Any]
) -> tuple[FleetEvents, Callable[[InstanceEvent], str], bool]:
    """Return the events and their line format; raises `UsageProblems` with all problems."""
    from multi_instance_manager.cli.streaming import Problems
    from multi_instance_manager.commands.stream.events import events
    from multi_instance_manager.commands.stream.time_range import Between, between
    from multi_instance_manager.render.event_lines import event_json, event_text
    from multi_instance_manager.text.printable import printable

    since, until = flags.pop("since"), flags.pop("until")
    problems, now_ns = Problems(), time.time_ns()
    request = problems.gather(lambda: requested(flags, patterns))
    times = problems.gather(lambda: between(since, until, now_ns=now_ns))
    if request is None:
        problems.refuse()
    asked = times or Between(None, None)
    found = problems.gather_from_engine(lambda: events(request, asked, now_ns=now_ns))
    if found is None or times is None:
        problems.refuse()
    if request.settings.output == "json":
        return found, event_json, True
    width = max((len(printable(name)) for name in found.profile_names), default=0)
    return found, lambda happening: event_text(happening, width), False
