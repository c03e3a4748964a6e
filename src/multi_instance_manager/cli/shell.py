"""`multi-instance shell`: open a shell in an instance."""

from __future__ import annotations

import os
from typing import Any

import click

from multi_instance_manager.cli.foreground import (
    CODES,
    OPTIONS,
    entries,
    process_options,
    run_in_foreground,
)
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import with_settings_options
from multi_instance_manager.cli.own_terminal import both_ends_are_terminals
from multi_instance_manager.cli.profile_arguments import profile_argument
from multi_instance_manager.cli.request import requested

_EPILOG = """\b
Examples:
  multi-instance shell user-a
  multi-instance shell -u root user-a
  multi-instance shell user-a < script.sh
"""
_HELP = f"""Open a shell in the running container of PROFILE: bash, or sh if it has no bash.

    Without a terminal, the shell runs the commands from standard input.

    {CODES}
    """


@click.command("shell", cls=GroupedCommand, epilog=_EPILOG, help=_HELP)
@process_options
@with_settings_options(OPTIONS)
@profile_argument
def command(
    profile: str, *, user: str, workdir: str, environment: tuple[str, ...], **flags: Any
) -> None:
    """Open a shell in the running container of PROFILE."""
    from multi_instance_manager.commands.stream.exec import instance_to_run_in, shell_of
    from multi_instance_manager.engine.protocol.exec import Command

    variables = entries(environment, dict(os.environ))
    request = requested(flags)
    container_id = instance_to_run_in(request, profile)
    wanted = Command(
        words=(shell_of(request, container_id, profile, user),),
        user=user,
        working_dir=workdir,
        environment=variables,
        tty=both_ends_are_terminals(),
        stdin=True,
    )
    raise click.exceptions.Exit(run_in_foreground(request, container_id, wanted))
