"""`multi-instance profiles enable` and `disable`: written to the configuration file."""

from __future__ import annotations

from typing import Any, NoReturn

import click

from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import POOL_OPTIONS, with_settings_options
from multi_instance_manager.cli.profile_arguments import needed_profile_arguments
from multi_instance_manager.cli.request import requested

_OF_THE_ENGINE = {"host", "context", "engine_timeout"}
_WITHOUT_ENGINE = tuple(name for name in POOL_OPTIONS if name not in _OF_THE_ENGINE)

_ENABLE_EPILOG = """\b
Examples:
  multi-instance profiles enable user-a
  multi-instance profiles enable 'team-*' && multi-instance up
"""


@click.command("enable", cls=GroupedCommand, short_help="Enable profiles.", epilog=_ENABLE_EPILOG)
@needed_profile_arguments
@with_settings_options(_WITHOUT_ENGINE)
def enable_command(profiles: tuple[str, ...], **flags: Any) -> NoReturn:
    """Enable PROFILEs again in the configuration file.

    The next `up` launches their instances. The file's comments and order stay.

    Exit codes: 0 enabled, 1 the file could not be written, 2 no such profile, or the file cannot be
    edited.
    """
    _switch(profiles, flags, enabled=True)


_DISABLE_EPILOG = """\b
Examples:
  multi-instance profiles disable user-a
  multi-instance profiles disable 'team-*' && multi-instance up
"""


@click.command(
    "disable", cls=GroupedCommand, short_help="Disable profiles.", epilog=_DISABLE_EPILOG
)
@needed_profile_arguments
@with_settings_options(_WITHOUT_ENGINE)
def disable_command(profiles: tuple[str, ...], **flags: Any) -> NoReturn:
    """Disable PROFILEs in the configuration file; creates the file if there is none.

    The next `up` saves their sessions, then stops and removes their instances. A disabled profile
    keeps its ports. The file's comments and order stay.

    Exit codes: 0 disabled, 1 the file could not be written, 2 no such profile, or the file cannot
    be edited.
    """
    _switch(profiles, flags, enabled=False)


def _switch(profiles: tuple[str, ...], flags: dict[str, Any], *, enabled: bool) -> NoReturn:
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.profiles.switch import switch_profiles
    from multi_instance_manager.render.profile_changes import switched_lines

    request = requested(flags, profiles)
    report = switch_profiles(request, enabled=enabled)
    answer(request.settings.output, report, lambda found: "\n".join([*switched_lines(found), ""]))
