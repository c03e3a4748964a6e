"""`multi-instance status`: show the state of each instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import click

from multi_instance_manager.cli.grouped_help import GroupedCommand
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


@click.command("status", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@click.option("--unhealthy", is_flag=True, help="Show only unhealthy instances.")
@click.option(
    "--sort",
    "sort_by",
    type=click.Choice(_SORTS),
    default="profile",
    show_default=True,
    help="Order of the rows. state: unhealthy first. memory, uptime, restarts: highest first. "
    "refreshed: oldest login first. expiry: next to expire first.",
)
@probe_option
@click.option("--wide", is_flag=True, help="Show all columns, whatever the width of the terminal.")
@click.option("--watch", is_flag=True, help="Refresh the table until interrupted.")
@click.option(
    "--interval",
    "interval_s",
    type=Number(_SHORTEST_INTERVAL_S),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="Time between two refreshes of --watch.",
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
    """Show the current state of the instances of PROFILEs, or of all.

    Asks each running instance whether it is ready. REFRESHED is when its login was last written;
    EXPIRES is when the first cookie that carries the login expires. Lines below the table list what
    `up` would change with the same options.

    Exit codes: 0 all well, 1 some instance is not, 2 usage, 3 the engine does not answer or there
    is no pool, 130 interrupted. Disabled profiles and instances that were stopped by hand are well.
    Orphans do not count.
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
