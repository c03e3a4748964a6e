"""`multi-instance plan`: show what `up` would do, and why."""

from __future__ import annotations

from typing import Any

import click

from multi_instance_manager.cli.answer import end, write
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import with_settings_options
from multi_instance_manager.cli.request import requested

_EPILOG = """\b
Examples:
  multi-instance plan
  multi-instance plan --output json > plan.json
  multi-instance up --plan plan.json
"""


@click.command("plan", cls=GroupedCommand, epilog=_EPILOG)
@with_settings_options()
def command(**flags: Any) -> None:
    """Show what `up` would do with the same options, and why; change nothing.

    Exit codes: 0 there is nothing to do, 2 usage, 3 a launch would be refused, 5 changes are
    pending.
    """
    from multi_instance_manager.commands.look.preview import preview
    from multi_instance_manager.render.screen import Screen

    request = requested(flags)
    found = preview(request)
    screen = Screen(request.settings.output, write)
    screen.plan(found)
    end(int(found.exit_code), written=screen.was_written)
