"""`multi-instance doctor`: check the engine and this machine, and say what to do."""

from __future__ import annotations

from typing import Any

import click

from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import (
    INSTANCE_OPTIONS,
    POOL_OPTIONS,
    with_settings_options,
)
from multi_instance_manager.cli.request import requested

_EPILOG = """\b
Examples:
  multi-instance doctor
  multi-instance doctor --context remote --output json
"""


@click.command("doctor", cls=GroupedCommand, epilog=_EPILOG)
@with_settings_options((*POOL_OPTIONS, *INSTANCE_OPTIONS, "memory_per_instance_gb"))
def command(**flags: Any) -> None:
    """Check the engine, the image, this machine and the pool, and say what to do.

    Changes nothing. Works without an engine, without a project and without a profile.

    Exit codes: 0 nothing prevents instances from running, 1 an error was found, 2 usage.
    """
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.look.doctor import doctor
    from multi_instance_manager.render.doctor import doctor_text

    request = requested(flags)
    answer(request.settings.output, doctor(request), doctor_text)
