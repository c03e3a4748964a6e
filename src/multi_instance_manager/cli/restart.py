"""`multi-instance restart`: restart instances, each ready before the next one stops."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from multi_instance_manager.cli.answer import answer, say
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.numbers import WholeNumber
from multi_instance_manager.cli.options import POOL_OPTIONS, with_settings_options
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.proof_option import proof_option
from multi_instance_manager.cli.request import requested
from multi_instance_manager.cli.watching import watching

_OPTIONS = (*POOL_OPTIONS, "lock_timeout", "stop_timeout", "wait_timeout", "require_stream")
_EPILOG = """\b
Examples:
  multi-instance restart
  multi-instance restart user-a user-b --parallel 2
  multi-instance restart --all-at-once
"""


@click.command("restart", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@click.option(
    "--parallel",
    "at_once",
    metavar="N",
    type=WholeNumber(1),
    help="Number of instances that restart at the same time. The variable and the key of the same "
    "name apply to launches only.  [default: 1]",
)
@click.option("--all-at-once", "everything", is_flag=True, help="Restart all at the same time.")
@proof_option
@with_settings_options(_OPTIONS)
def command(
    profiles: tuple[str, ...],
    at_once: int | None,
    everything: bool,  # a switch of the command line
    shows_checks: bool,  # so is this
    **flags: Any,
) -> None:
    """Restart the instances of PROFILEs, or of all profiles, without changing them.

    One at a time: stops the instance gracefully, saves its session to the pool, starts it, waits
    until it is ready, and verifies it. Only then does the next one stop. If one does not become
    ready, the restart ends, and reports the instances that it did not touch. Stopped instances are
    started.

    Exit codes: 0 all ready and saved, 1 one is not, or its last session may be lost, 2 usage, 3 the
    engine cannot be used, another manager is running, or there is no pool, 130 interrupted.
    """
    from multi_instance_manager.commands.change.restart import restart
    from multi_instance_manager.render.change import launches_text, remarks

    if everything and at_once is not None:
        raise click.UsageError("--parallel and --all-at-once: pass one of them")
    request = requested(flags, profiles)
    output = request.settings.output
    watch = watching(output, "restarting", again="start")
    result = restart(request, watch, at_once=None if everything else at_once or 1)
    report = result.report()
    for line in remarks(report):
        say(line)
    answer(output, report, partial(launches_text, shows_checks=shows_checks))
