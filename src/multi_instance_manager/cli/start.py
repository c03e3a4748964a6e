"""`multi-instance start`: start stopped instances, and wait until they answer."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from multi_instance_manager.cli.answer import answer, say
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import with_settings_options
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.proof_option import proof_option
from multi_instance_manager.cli.request import SESSION_OPTIONS, requested
from multi_instance_manager.cli.watching import watching

_OPTIONS = (*SESSION_OPTIONS, "starting", "wait_timeout", "wait", "require_stream")
_EPILOG = """\b
Examples:
  multi-instance start
  multi-instance start user-a --wait-timeout 300
"""


@click.command("start", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@proof_option
@with_settings_options(_OPTIONS)
def command(
    profiles: tuple[str, ...],
    shows_checks: bool,  # a switch of the command line
    **flags: Any,
) -> None:
    """Start the stopped instances of PROFILEs, or of all profiles, without changing them.

    Checks their ports first, waits until each is ready, and verifies it. Creates and replaces
    nothing: if settings have changed since, the report says so, and `up` applies them. Containers
    whose profile is gone, and instances that kept crashing, start only if you name them.

    Exit codes: 0 all ready, 1 one is not (or was never launched), 2 usage, 3 the engine cannot be
    used, another manager is running, or there is no pool, 130 interrupted.
    """
    from multi_instance_manager.commands.change.start import start
    from multi_instance_manager.render.change import launches_text, remarks

    request = requested(flags, profiles)
    output = request.settings.output
    report = start(request, watching(output, "starting", again="start")).report()
    for line in remarks(report):
        say(line)
    answer(output, report, partial(launches_text, shows_checks=shows_checks))
