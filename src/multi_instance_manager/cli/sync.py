"""`multi-instance sync`: copy refreshed sessions to the pool now."""

from __future__ import annotations

from typing import Any

import click

from multi_instance_manager.cli.answer import answer, say
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import POOL_OPTIONS, with_settings_options
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.request import requested
from multi_instance_manager.cli.watching import watching

_EPILOG = """\b
Examples:
  multi-instance sync
  multi-instance sync user-a --output json
"""


@click.command("sync", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@with_settings_options((*POOL_OPTIONS, "lock_timeout", "parallel"))
def command(profiles: tuple[str, ...], **flags: Any) -> None:
    """Copy the sessions of PROFILEs, or of all, from their instances to the pool.

    Works on running and stopped instances, and leaves them as they are. If you saved another login
    meanwhile, yours stays in the pool, and the instance's version goes into the history. A session
    that is just being written (torn) is not saved.

    Exit codes: 0 nothing is left to save, 1 one could not be saved, 2 usage, 3 the engine cannot be
    used, another manager is running, or there is no pool, 130 interrupted.
    """
    from multi_instance_manager.commands.change.sync import sync
    from multi_instance_manager.render.change import remarks, sessions_text

    request = requested(flags, profiles)
    output = request.settings.output
    report = sync(request, watching(output, "saving", again="sync")).report()
    for line in remarks(report):
        say(line)
    answer(output, report, sessions_text)
