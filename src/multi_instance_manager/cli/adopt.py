"""`multi-instance adopt`: take over the instances of a project that has moved."""

from __future__ import annotations

from typing import Any

import click

from multi_instance_manager.cli.answer import answer
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import POOL_OPTIONS, with_settings_options
from multi_instance_manager.cli.request import requested

_EPILOG = """\b
Examples:
  multi-instance adopt
  multi-instance adopt --output json
"""


@click.command("adopt", cls=GroupedCommand, epilog=_EPILOG)
@with_settings_options((*POOL_OPTIONS, "lock_timeout"))
def command(**flags: Any) -> None:
    """Take over the instances of a project that has moved, was copied, or uses another engine.

    The state folder records where it was used last: project, path and engine. If one of them has
    changed, commands that change something refuse, name the cause, and point here. `adopt` leaves
    the containers as they are. Those of a project that has moved, or has another path, belong to it
    again, and the next `up` replaces them. A copy becomes a pool of its own.

    Exit codes: 0 adopted, or there was nothing to adopt, 2 usage, 3 the engine cannot be used, or
    another manager or project is in the way.
    """
    from multi_instance_manager.commands.change.adopt import adopt
    from multi_instance_manager.render.adopt import adopt_text

    request = requested(flags)
    answer(request.settings.output, adopt(request), adopt_text)
