"""`multi-instance up`: launch one isolated container for each saved profile, and verify it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.cli.answer import end, write
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import with_settings_options
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.proof_option import proof_option
from multi_instance_manager.cli.request import launch_requested
from multi_instance_manager.cli.watching import watching
from multi_instance_manager.errors import ExitCode, ManagerError, UsageProblems

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.render.screen import Screen

_EPILOG = """\b
Examples:
  multi-instance up
  multi-instance up --image my-image:1.2 --container-prefix team-a
  multi-instance up user-a 'team-*'
  multi-instance up --proof
  multi-instance up --dry-run
"""


@click.command("up", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@proof_option
@with_settings_options()
def command(
    profiles: tuple[str, ...],
    shows_checks: bool,  # a switch of the command line
    **flags: Any,
) -> None:
    """Launch one isolated container for each saved auth profile.

    Checks everything first, and changes nothing if a check fails. Waits until each instance
    answers, then verifies from outside that it runs on its own profile only. Unchanged instances
    keep running. Changed ones are replaced; if a replacement fails, the old instance is brought
    back.

    With PROFILEs, only these are checked, launched and replaced: a problem of another profile does
    not stop them, and other instances and orphans stay as they are. Without, a single problem stops
    the whole launch.

    Exit codes: 0 all well, 1 some instance failed, or its last session may be lost, 2 usage, 3 the
    checks found problems, the engine cannot be used, or another manager is running, 4 a
    replacement failed and the old instance could not be brought back, 6 not confirmed, 130
    interrupted.
    """
    from multi_instance_manager.render.screen import Screen

    request = launch_requested(flags, profiles)
    screen = Screen(request.settings.output, write, shows_checks=shows_checks)
    code = (_preview if request.settings.dry_run else _launch)(request, screen)
    end(int(code), written=screen.was_written)


def _preview(request: Request, screen: Screen) -> ExitCode:
    """Print the lines of a dry run, with findings or without; returns the exit code."""
    from multi_instance_manager.commands.look.preview import preview

    return screen.preview(preview(request))


def _launch(request: Request, screen: Screen) -> ExitCode:
    from multi_instance_manager.commands.change.up import UpGates, up

    watch = watching(request.settings.output, "launching", again="up")
    try:
        result = up(request, watch, UpGates(show=screen.found, confirm=screen.ask))
    except UsageProblems:
        raise  # reported as those of any command
    except ManagerError as failure:
        screen.ended(failure)
        return failure.exit_code
    screen.result(result)
    return result.exit_code
