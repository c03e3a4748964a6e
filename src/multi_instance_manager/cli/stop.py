"""`multi-instance stop`: stop instances gracefully, and save their sessions."""

from __future__ import annotations

from typing import Any

import click

from multi_instance_manager.cli.answer import answer, say
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


@click.command("stop", epilog=_EPILOG)
@profile_arguments
@with_settings_options(SESSION_OPTIONS)
def command(profiles: tuple[str, ...], **flags: Any) -> None:
    """Stop the instances of PROFILEs, or all, and carry their sessions to the pool.

    Each application is asked to end and saves its session first, all at the same time; the last
    save of each is reported. --stop-timeout bounds all of it. The containers stay; they are started
    again by `start`, or by the next `up`. Without a PROFILE, containers whose profile is gone are
    stopped, too. An instance that is stopped already is fine.

    Exit codes: 0 all stopped and saved, 1 one is not, or its last session may be lost, 2 usage, 3
    the engine or another manager is in the way, or there is no pool, 130 interrupted.
    """
    from multi_instance_manager.commands.change.stop import stop
    from multi_instance_manager.render.change import remarks, stop_text

    request = requested(flags, profiles)
    output = request.settings.output
    report = stop(request, watching(output, "stopping", again="stop")).report()
    for line in remarks(report):
        say(line)
    answer(output, report, stop_text)
