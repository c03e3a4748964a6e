"""`multi-instance verify`: verify again that each instance runs on its own profile only."""

from __future__ import annotations

from typing import Any

import click

from multi_instance_manager.cli.answer import answer, say
from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import POOL_OPTIONS, with_settings_options
from multi_instance_manager.cli.probe_option import probe_option
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.request import requested

_EPILOG = """\b
Examples:
  multi-instance verify
  multi-instance verify user-a --output json
"""


@click.command("verify", cls=GroupedCommand, epilog=_EPILOG)
@profile_arguments
@probe_option
@with_settings_options((*POOL_OPTIONS, "parallel", "require_stream"))
def command(profiles: tuple[str, ...], probe: str, **flags: Any) -> None:
    """Verify from outside that the instances of PROFILEs, or all, run on their own profile only.

    Makes the same proof as `up`: the instance sees its own profile and nothing else, both ports
    answer, no other address of this machine does, the API requires the key. Compares each instance
    with the settings it was launched with. Changes, records and locks nothing, so it may see
    instances that another command is just changing.

    Exit codes: 0 every instance that should run is verified, 1 one is not, 2 usage, 3 the engine
    does not answer or there is no pool. Disabled instances and those stopped by hand need not run.
    """
    from multi_instance_manager.commands.look.verify import verify
    from multi_instance_manager.render.verify import remarks, verify_text

    request = requested(flags, profiles)
    report = verify(request, is_deep=probe == "deep").report()
    for line in remarks(report):
        say(line)
    answer(request.settings.output, report, verify_text)
