"""`multi-instance exec`: run a command in an instance."""

from __future__ import annotations

import os
import sys
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
from multi_instance_manager.cli.own_terminal import both_ends_are_terminals, is_terminal
from multi_instance_manager.cli.profile_arguments import profile_argument
from multi_instance_manager.cli.request import requested

_EPILOG = """\b
Examples:
  multi-instance exec user-a ps
  multi-instance exec -u root user-a -- id -u
  echo hello | multi-instance exec -i user-a cat
"""
_HELP = f"""Run COMMAND in the running container of PROFILE.

    Everything after PROFILE belongs to the command. If standard input and output are a terminal,
    the command gets that terminal. Otherwise its output and errors stay separate, and it gets input
    only with -i.

    {CODES}
    """


@click.command(
    "exec",
    cls=GroupedCommand,
    epilog=_EPILOG,
    help=_HELP,
    context_settings={"allow_interspersed_args": False},
)
@click.option("-i", "--interactive", is_flag=True, help="Send standard input to it.")
@click.option("-t", "--tty", is_flag=True, help="Give it a terminal.")
@process_options
@with_settings_options(OPTIONS)
@profile_argument
@click.argument("words", metavar="COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
def command(  # noqa: PLR0913  # one parameter for each option of the command line
    profile: str,
    words: tuple[str, ...],
    *,
    interactive: bool,
    tty: bool,
    user: str,
    workdir: str,
    environment: tuple[str, ...],
    **flags: Any,
) -> None:
    """Run COMMAND in the running container of PROFILE."""
    from multi_instance_manager.commands.stream.exec import instance_to_run_in
    from multi_instance_manager.engine.protocol.exec import Command

    words = words[1:] if words[0] == "--" else words
    if not words:
        raise click.UsageError("Missing argument 'COMMAND...'.")
    if tty and interactive and not is_terminal(sys.stdin):
        raise click.UsageError("--tty: the input is not a terminal; leave -t out, or -i")
    by_itself = both_ends_are_terminals() and not (tty or interactive)
    request = requested(flags)
    wanted = Command(
        words=words,
        user=user,
        working_dir=workdir,
        environment=entries(environment, dict(os.environ)),
        tty=tty or by_itself,
        stdin=interactive or by_itself,
    )
    container_id = instance_to_run_in(request, profile)
    raise click.exceptions.Exit(run_in_foreground(request, container_id, wanted))
