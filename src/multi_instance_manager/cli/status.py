"""`multi-instance status`: how each instance is doing now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import click

from multi_instance_manager.cli.numbers import Number
from multi_instance_manager.cli.options import (
    INSTANCE_OPTIONS,
    POOL_OPTIONS,
    with_settings_options,
)
from multi_instance_manager.cli.probe_option import probe_option
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.request import requested

if TYPE_CHECKING:
    from multi_instance_manager.commands.look.status import StatusQuery
    from multi_instance_manager.commands.survey.request import Request

_SORTS = ("profile", "state", "memory", "uptime", "restarts", "refreshed", "expiry")
_SHORTEST_INTERVAL_S = 0.2
_EPILOG = """\b
Examples:
  multi-instance status
  multi-instance status 'team-*' --wide
  multi-instance status --unhealthy --output json
  multi-instance status --watch --sort memory
"""


@click.command("status", epilog=_EPILOG)
@profile_arguments
@click.option("--unhealthy", is_flag=True, help="Show those alone that are not well.")
@click.option(
    "--sort",
    "sort_by",
    type=click.Choice(_SORTS),
    default="profile",
    show_default=True,
    help="What comes first: the unwell, the largest, the longest up, the most restarted, "
    "the login that was refreshed longest ago, or the one that expires first.",
)
@probe_option
@click.option("--wide", is_flag=True, help="Show all columns, however wide.")
@click.option("--watch", is_flag=True, help="Show it anew until interrupted.")
@click.option(
    "--interval",
    "interval_s",
    type=Number(_SHORTEST_INTERVAL_S),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="How long --watch waits between two looks.",
)
@with_settings_options((*POOL_OPTIONS, *INSTANCE_OPTIONS))
def command(
    profiles: tuple[str, ...],
    unhealthy: bool,
    sort_by: str,
    wide: bool,
    watch: bool,
    interval_s: float,
    **flags: Any,
) -> NoReturn:
    """Show how each instance is doing now: those named, or all.

    Readiness is asked of each instance at this moment. REFRESHED is when its login was last
    written; EXPIRES is when the first cookie that the login rests on ends. What `up` would change
    with the same options is told below the table.

    Exit codes: 0 all well, 1 some instance is not, 2 usage, 3 the engine does not answer or there
    is no pool, 130 interrupted. What does not run on purpose is well: a disabled profile, and one
    that was stopped by hand. Orphans do not count.
    """
    from multi_instance_manager.commands.look.status import StatusQuery

    is_deep = flags.pop("probe") == "deep"
    if watch and is_deep:
        raise click.UsageError("--probe deep asks once; leave out --watch")
    request = requested(flags, profiles)
    look = StatusQuery(unwell_alone=unhealthy, sort_by=sort_by, is_deep=is_deep)
    if watch:
        from multi_instance_manager.cli.status_watch import keep_watching

        keep_watching(request, look, wide=wide, interval_s=interval_s)
    _once(request, look, wide=wide)


def _once(request: Request, look: StatusQuery, *, wide: bool) -> NoReturn:
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.look.status import status
    from multi_instance_manager.render.status_text import status_text

    report = status(request, look)
    answer(request.settings.output, report, lambda found: status_text(found, wide=wide))
