"""The group of sub-commands. Each is imported when it is asked for, so that help comes quickly."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from contextlib import suppress
from typing import NoReturn

import click

from multi_instance_manager import __version__
from multi_instance_manager.errors import ExitCode

_COMMANDS = {
    "up": "Launch one isolated, proven container for each saved profile.",
    "plan": "Say what `up` would do, and why; touch nothing.",
    "profiles": "Look at earlier versions of the saved sessions, and go back to one.",
}
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(click.Group):
    """Knows its commands by name; the module of one is imported at its first use."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where one is misspelt."""
        near = difflib.get_close_matches(args[0], _COMMANDS, n=1)
        if args[0] not in _COMMANDS and near:
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{near[0]}'?")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names, in the order of a day's work."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"multi_instance_manager.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="multi-instance")
def group() -> None:
    """One isolated container per saved auth profile, and proof that each runs on its own.

    Start in the application's repository with: multi-instance up
    """


def main() -> NoReturn:
    """Run the command line; the one place that ends the process."""
    code = int(ExitCode.OK)
    try:
        code = group.main(prog_name="multi-instance", standalone_mode=False) or code
    except click.exceptions.NoArgsIsHelpError as help_text:
        click.echo(help_text.format_message())
        code = int(ExitCode.USAGE)
    except click.UsageError as problem:
        command = problem.ctx.command_path if problem.ctx else "multi-instance up"
        click.echo(f"error: {problem.format_message()}", err=True)
        click.echo(f"nothing was touched; see `{command} --help`", err=True)
        code = int(ExitCode.USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; nothing was touched", err=True)
        code = int(ExitCode.INTERRUPTED)
    _close_output()
    raise SystemExit(code)


def _close_output() -> None:
    """Flush; a reader that has gone away changes nothing about how the run ended."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
