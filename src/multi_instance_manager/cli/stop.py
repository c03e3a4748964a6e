"""`multi-instance stop`: stop instances gracefully, and save their sessions."""

from __future__ import annotations

from typing import Any

import click

from multi_instance_manager.cli.answer import answer, say
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import with_settings_options
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.request import SESSION_OPTIONS, requested
from multi_instance_manager.cli.watching import watching

_EPILOG = """\b
Examples:
  multi-instance stop
  multi-instance stop user-a 'team-*'
  multi-instance stop --stop-timeout 60 user-a
"""


@click.command("stop", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@with_settings_options(SESSION_OPTIONS)
def command(profiles: tuple[str, ...], **flags: Any) -> None:
    """Stop the instances of PROFILEs, or all, and save their sessions to the pool.

    Asks each application to end, so that it saves its session first; all do so at the same time.
    --stop-timeout limits the whole stop. The report names the last save of each. The containers
    stay; `start` or the next `up` starts them again. Without a PROFILE, containers whose profile is
    gone are stopped, too. An instance that is already stopped is fine.

    Exit codes: 0 all stopped and saved, 1 one is not, or its last session may be lost, 2 usage, 3
    the engine cannot be used, another manager is running, or there is no pool, 130 interrupted.
    """
    from multi_instance_manager.commands.change.stop import stop
    from multi_instance_manager.render.change import remarks, stop_text

    request = requested(flags, profiles)
    output = request.settings.output
    report = stop(request, watching(output, "stopping", again="stop")).report()
    for line in remarks(report):
        say(line)
    answer(output, report, stop_text)
