"""`multi-instance profiles`: list, check, add, rename, switch and restore saved profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import click

from multi_instance_manager.cli.grouped_help import CommandGroup, GroupedCommand
from multi_instance_manager.cli.numbers import Number
from multi_instance_manager.cli.options import POOL_OPTIONS, with_settings_options
from multi_instance_manager.cli.profile_arguments import (
    profile_argument,
    profile_arguments,
    version_argument,
)
from multi_instance_manager.cli.profile_history import history_command
from multi_instance_manager.cli.profile_removal import remove_command
from multi_instance_manager.cli.profile_switches import disable_command, enable_command
from multi_instance_manager.cli.request import requested

if TYPE_CHECKING:
    from multi_instance_manager.reports.profile_list import ProfileListReport

_OF_THE_ENGINE = {"host", "context", "engine_timeout"}
_WITHOUT_ENGINE = tuple(name for name in POOL_OPTIONS if name not in _OF_THE_ENGINE)
_CHANGING = (*_WITHOUT_ENGINE, "lock_timeout")
_SUFFIX = ".json"


_EPILOG = """\b
Examples:
  multi-instance profiles list
  multi-instance profiles check 'team-*'
  multi-instance profiles add ~/Downloads/user-c.json
  multi-instance profiles restore user-a 3
  multi-instance profiles rename user-a anna
  multi-instance profiles disable user-b
  multi-instance profiles remove user-b
"""


@click.group("profiles", cls=CommandGroup, epilog=_EPILOG)
def command() -> None:
    """List and check the saved profiles; add, rename, disable or remove some; restore a version.

    The content of a session is never shown. Before a session is overwritten, in the pool or in an
    instance, the old version is kept.
    """


command.add_command(enable_command)
command.add_command(disable_command)
command.add_command(remove_command)
command.add_command(history_command)

_LIST_EPILOG = """\b
Examples:
  multi-instance profiles list
  multi-instance profiles list 'team-*' --output json
"""


@command.command("list", cls=GroupedCommand, epilog=_LIST_EPILOG)
@profile_arguments
@with_settings_options(POOL_OPTIONS)
def list_command(profiles: tuple[str, ...], **flags: Any) -> NoReturn:
    """List the saved profiles: those named, or all.

    EXPIRES is when the first cookie that carries the login expires. SAME LOGIN AS names profiles
    that were saved from the same login. Two separate logins of one account look like two accounts.

    Exit codes: 0 listed, 2 usage, or there is no such folder.
    """
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.profiles.list import list_profiles

    request = requested(flags, profiles)
    report = list_profiles(request)
    answer(request.settings.output, report, _list_text)


def _list_text(report: ProfileListReport) -> str:
    from multi_instance_manager.render.profiles import COLOURS, profiles_lines, profiles_sheet
    from multi_instance_manager.render.sheets import sheet_text

    table = sheet_text(profiles_sheet(report), COLOURS) if report.profiles else ""
    return table + "".join(f"{line}\n" for line in profiles_lines(report))


_CHECK_EPILOG = """\b
Examples:
  multi-instance profiles check
  multi-instance profiles check user-a --soon 30
"""


@command.command("check", cls=GroupedCommand, epilog=_CHECK_EPILOG)
@profile_arguments
@click.option(
    "--soon",
    "soon_days",
    type=Number(0),
    default=7.0,
    show_default=True,
    metavar="DAYS",
    help="Report logins that expire within this many days.",
)
@with_settings_options(_WITHOUT_ENGINE)
def check_command(profiles: tuple[str, ...], soon_days: float, **flags: Any) -> NoReturn:
    """Check the saved profiles: those named, or all. Needs no engine.

    Reports profiles that cannot be read, are not valid, have expired or will soon, hold no login,
    or hold the same login as another.

    Exit codes: 0 all well, 1 something was found, 2 usage, or there is no profile.
    """
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.profiles.check import check_profiles
    from multi_instance_manager.render.profiles import check_lines

    request = requested(flags, profiles)
    report = check_profiles(request, soon_days=soon_days)
    answer(request.settings.output, report, lambda found: "\n".join([*check_lines(found), ""]))


_ADD_EPILOG = """\b
Examples:
  multi-instance profiles add ~/Downloads/user-c.json
  multi-instance profiles add ~/Downloads/team-*.json
  ssh other-host cat state.json | multi-instance profiles add - --name user-d
  multi-instance profiles add new-login.json --name user-a --force
"""


@command.command(
    "add", cls=GroupedCommand, short_help="Add logins to the pool.", epilog=_ADD_EPILOG
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@click.option("--name", metavar="NAME", help="Name of the profile.  [default: that of the file]")
@click.option("--force", is_flag=True, help="Replace existing profiles; the history keeps them.")
@with_settings_options(_CHANGING)
def add_command(files: tuple[str, ...], name: str | None, *, force: bool, **flags: Any) -> NoReturn:
    """Add the login in each FILE to the pool, readable only by its owner; - is standard input.

    Checks all of them first, and adds all or none. An existing profile of that name is kept, unless
    you pass --force: then the new login replaces it, and the old one goes into the history.

    Exit codes: 0 all are in the pool, 1 one could not be written, 2 a file or a name cannot be
    used, or a name is taken, 3 another manager is running.
    """
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.cli.new_profiles import new_profiles
    from multi_instance_manager.commands.profiles.add import add_profiles
    from multi_instance_manager.render.profiles import added_lines

    request = requested(flags)
    report = add_profiles(request, new_profiles(files, name), force=force)
    answer(request.settings.output, report, lambda found: "\n".join([*added_lines(found), ""]))


_RENAME_EPILOG = """\b
Example:
  multi-instance profiles rename user-a anna
"""


@command.command(
    "rename", cls=GroupedCommand, short_help="Rename a profile.", epilog=_RENAME_EPILOG
)
@profile_argument
@click.argument("new_name", metavar="NEW_NAME")
@with_settings_options(_CHANGING)
def rename_command(profile: str, new_name: str, **flags: Any) -> NoReturn:
    """Rename PROFILE to NEW_NAME.

    Its history moves along, and so do its settings in the configuration file. The next `up` moves
    its instance to the new name, with its ports and its newest session.

    Exit codes: 0 renamed, 1 it could not be renamed, 2 no such profile, or the new name cannot be
    used or is taken, 3 another manager is running.
    """
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.profiles.rename import rename_profile
    from multi_instance_manager.render.profiles import renamed_lines

    request = requested(flags)
    report = rename_profile(request, profile, new_name.removesuffix(_SUFFIX))
    answer(request.settings.output, report, lambda found: "\n".join([*renamed_lines(found), ""]))


_RESTORE_EPILOG = """\b
Examples:
  multi-instance profiles restore user-a 3
  multi-instance profiles restore user-b
"""


@command.command(
    "restore",
    cls=GroupedCommand,
    short_help="Restore a version, or a removed profile.",
    epilog=_RESTORE_EPILOG,
)
@profile_argument
@version_argument
@with_settings_options(_CHANGING)
def restore_command(profile: str, version: int | None, **flags: Any) -> NoReturn:
    """Restore VERSION of PROFILE to the pool; without VERSION, a profile that was removed.

    The next `up` replaces its instance with one on that version. The pool's current version goes
    into the history. A removed profile comes back from the trash, with its history.

    Exit codes: 0 restored, 1 it could not be written, 2 no such version, or nothing of that name
    was removed, 3 another manager is running.
    """
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.profiles.restore import restore, restore_removed
    from multi_instance_manager.render.profile_history import restored_line

    request = requested(flags)
    if version is None:
        answer(request.settings.output, restore_removed(request, profile), restored_line)
    answer(request.settings.output, restore(request, profile, version), restored_line)
