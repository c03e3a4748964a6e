"""`multi-instance plan`: show what `up` would do, and why."""

from __future__ import annotations

from typing import Any

import click

from multi_instance_manager.cli.answer import end, write
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import with_settings_options
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.request import launch_requested

_EPILOG = """\b
Examples:
  multi-instance plan
  multi-instance plan user-a 'team-*'
  multi-instance plan --output json > plan.json
  multi-instance up --plan plan.json
"""


@click.command("plan", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@with_settings_options()
def command(profiles: tuple[str, ...], **flags: Any) -> None:
    """Show what `up` would do with the same options, and why; change nothing.

    With PROFILEs, only these are planned and checked, as `up` does with the same names.

    Exit codes: 0 there is nothing to do, 2 usage, 3 a launch would be refused, 5 changes are
    pending.
    """
    from multi_instance_manager.commands.look.preview import preview
    from multi_instance_manager.render.screen import Screen

    request = launch_requested(flags, profiles)
    found = preview(request)
    screen = Screen(request.settings.output, write)
    screen.plan(found)
    end(int(found.exit_code), written=screen.was_written)
