"""`multi-instance verify`: prove again that each instance runs on its own profile alone."""

from __future__ import annotations

from typing import Any

import click

from multi_instance_manager.cli.answer import answer, say
from multi_instance_manager.cli.options import POOL_OPTIONS, with_settings_options
from multi_instance_manager.cli.probe_option import probe_option
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.request import requested

_EPILOG = """\b
Examples:
  multi-instance verify
  multi-instance verify user-a --output json
"""


@click.command("verify", epilog=_EPILOG)
@profile_arguments
@probe_option
@with_settings_options((*POOL_OPTIONS, "parallel", "require_stream"))
def command(profiles: tuple[str, ...], probe: str, **flags: Any) -> None:
    """Prove from outside that the instances of PROFILEs, or all, run on their own profile alone.

    The proof is that of `up`: its own profile and nothing else in each instance, both ports
    answer, no other address of this machine does, the key is asked for. Each is held against how
    it was launched. Nothing is changed or recorded, and nothing locked: while another command is
    at work, its instances may be seen in the middle of a change.

    Exit codes: 0 all that are meant to run are proven, 1 one is not, 2 usage, 3 the engine cannot
    be asked or there is no pool. Disabled ones and those stopped by hand are not meant to run.
    """
    from multi_instance_manager.commands.look.verify import verify
    from multi_instance_manager.render.verify import remarks, verify_text

    request = requested(flags, profiles)
    report = verify(request, is_deep=probe == "deep").report()
    for line in remarks(report):
        say(line)
    answer(request.settings.output, report, verify_text)
