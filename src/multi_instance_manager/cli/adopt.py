"""`multi-instance adopt`: make a fleet at home where it is now."""

from __future__ import annotations

from typing import Any

import click

from multi_instance_manager.cli.answer import answer
from multi_instance_manager.cli.options import POOL_OPTIONS, with_settings_options
from multi_instance_manager.cli.request import requested

_EPILOG = """\b
Examples:
  multi-instance adopt
  multi-instance adopt --output json
"""


@click.command("adopt", epilog=_EPILOG)
@with_settings_options((*POOL_OPTIONS, "lock_timeout"))
def command(**flags: Any) -> None:
    """Take over the instances of a project that has moved, or that is now used otherwise.

    The state folder knows where it was used last: in which project, at which path, with which
    engine. Where that has changed, every command that acts names the cause, touches nothing, and
    points here. Containers are left as they are: those of a project that has moved, or is seen
    under another path, count as its own again, and `up` makes them anew. A copy becomes a pool of
    its own.

    Exit codes: 0 adopted, or there was nothing to adopt, 2 usage, 3 the engine, another manager or
    another project is in the way.
    """
    from multi_instance_manager.commands.change.adopt import adopt
    from multi_instance_manager.render.adopt import adopt_text

    request = requested(flags)
    answer(request.settings.output, adopt(request), adopt_text)
