"""Runs a command in a container in the foreground, with our input, output and exit code."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.cli import own_terminal
from multi_instance_manager.cli.answer import say
from multi_instance_manager.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.engine.protocol.exec import Command

OPTIONS = (
    "project_root",
    "profile_dir",
    "container_prefix",
    "config_file",
    "host",
    "context",
    "engine_timeout",
)
CODES = """Exit codes: the command's own, 126 and 127 if it cannot be started or does not exist; 1
    the instance does not run, 2 no such profile, 3 the engine does not answer or there is no pool,
    each with a sentence that begins with "error:"; 130 interrupted, 141 the reader of the output
    has gone."""
_GOES_ON = "what was begun inside goes on until it ends by itself"
_NOBODY_READS = 141


def process_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of `docker exec` that a shell can use, too."""
    for option in (
        click.option("-w", "--workdir", metavar="PATH", default="", help="Folder to run it in."),
        click.option("-u", "--user", metavar="NAME[:GROUP]", default="", help="User to run it as."),
        click.option(
            "-e",
            "--env",
            "environment",
            metavar="NAME[=VALUE]",
            multiple=True,
            help="Variable for it; without a value, that of this environment. Repeatable.",
        ),
    ):
        function = option(function)
    return function


def run_in_foreground(request: Request, container_id: str, command: Command) -> int:
    """Run it, with the keys and size of this terminal if there is one; returns its exit code."""
    from multi_instance_manager.commands.stream.exec import run_command
    from multi_instance_manager.commands.stream.relay import Ends, OutputLost

    try:
        with ExitStack() as stack:
            stack.enter_context(own_terminal.ended_by_signals())
            resized = None
            if command.tty and own_terminal.is_terminal(sys.stdout):
                resized = stack.enter_context(own_terminal.resizes())
            if command.tty and command.stdin:
                stack.enter_context(own_terminal.raw_input())
            ends = Ends(
                stdin=own_terminal.STDIN if command.stdin else None,
                stdout=own_terminal.STDOUT,
                stderr=own_terminal.STDERR,
                size=own_terminal.size if resized is not None else None,
                resized=resized,
            )
            return run_command(request, container_id, command, ends)
    except BrokenPipeError:
        return _NOBODY_READS
    except OutputLost as lost:
        say(f"error: the output could not be written ({lost.problem.strerror}); {_GOES_ON}")
        return int(ExitCode.INSTANCE_FAILED)
    except KeyboardInterrupt:
        say(f"interrupted; {_GOES_ON}")
        return int(ExitCode.INTERRUPTED)


def entries(environment: tuple[str, ...], here: dict[str, str]) -> tuple[str, ...]:
    """Return ``NAME=VALUE`` for each variable; a bare name takes its value from ``here``."""
    for entry in environment:
        if not entry.partition("=")[0]:
            raise click.BadParameter(
                f"{entry!r}: has no name; write NAME=VALUE", param_hint="--env"
            )
    named = (e if "=" in e else f"{e}={here[e]}" for e in environment if "=" in e or e in here)
    return tuple(named)
