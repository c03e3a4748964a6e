"""The group of sub-commands. Each is imported when it is asked for, so that help comes quickly."""

from __future__ import annotations

import importlib
from typing import NoReturn

import click

from multi_instance_manager import __version__

_COMMANDS = {"up": "Launch one isolated, proven container for each saved profile."}
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(click.Group):
    """Knows its commands by name; the module of one is imported at its first use."""

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
    group(prog_name="multi-instance")
    raise SystemExit(0)
