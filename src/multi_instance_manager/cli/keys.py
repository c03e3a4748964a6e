"""`multi-instance keys`: show where the API keys are kept, and replace them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import click

from multi_instance_manager.cli.grouped_help import CommandGroup, GroupedCommand
from multi_instance_manager.cli.options import (
    INSTANCE_OPTIONS,
    POOL_OPTIONS,
    with_settings_options,
)
from multi_instance_manager.cli.profile_arguments import profile_arguments
from multi_instance_manager.cli.request import SESSION_OPTIONS, requested

if TYPE_CHECKING:
    from multi_instance_manager.commands.change.rotate_keys import NewKeys

_OF_THE_ENGINE = {"host", "context", "engine_timeout"}
_SHOWING = (
    *(name for name in POOL_OPTIONS if name not in _OF_THE_ENGINE),
    *("api_key_file", "generate_api_key"),
)
_ROTATING = (*SESSION_OPTIONS, *INSTANCE_OPTIONS, "wait_timeout", "require_stream", "auto_confirm")
_EPILOG = """\b
Examples:
  multi-instance keys show
  multi-instance keys show --path
  multi-instance keys rotate
"""
_SHOW_EPILOG = """\b
Examples:
  multi-instance keys show
  multi-instance keys show user-a --path
  multi-instance keys show --reveal
"""
_ROTATE_EPILOG = """\b
Examples:
  multi-instance keys rotate
  multi-instance keys rotate user-a --auto-confirm
"""


@click.group("keys", cls=CommandGroup, epilog=_EPILOG)
def command() -> None:
    """Show where the API keys are kept, or replace them by new random ones."""


@command.command(
    "show", cls=GroupedCommand, short_help="Show where the API keys are kept.", epilog=_SHOW_EPILOG
)
@profile_arguments
@click.option("--path", "as_path", is_flag=True, help="Print only the file of the one key.")
@click.option("--reveal", is_flag=True, help="Show the keys themselves.")
@with_settings_options(_SHOWING)
def show_command(
    profiles: tuple[str, ...],
    as_path: bool,  # a switch of the command line
    reveal: bool,  # as above
    **flags: Any,
) -> NoReturn:
    """Show where the shared API key is kept, and those of single profiles, or those of PROFILEs.

    The keys themselves are shown only with --reveal. --path prints one path, for scripts: that of
    the shared key, or of the named profile's.

    Exit codes: 0 shown, 2 usage, no such profile, or with --path no file, 3 this is no project.
    """
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.look.keys import key_path, show_keys
    from multi_instance_manager.render.keys import keys_text, path_text

    if as_path and reveal:
        raise click.UsageError("--path and --reveal: pass one of them")
    request = requested(flags, profiles)
    report = key_path(request) if as_path else show_keys(request, reveal=reveal)
    answer(request.settings.output, report, path_text if as_path else keys_text)


@command.command("rotate", cls=GroupedCommand, epilog=_ROTATE_EPILOG)
@profile_arguments
@with_settings_options(_ROTATING)
def rotate_command(profiles: tuple[str, ...], **flags: Any) -> NoReturn:
    """Replace the API keys of PROFILEs, or all keys, by new random ones.

    Writes each new key into the file that holds the old one, and keeps the old one beside it, as
    FILE.old. Then replaces the running instances one at a time, each ready and verified before the
    next. If one fails, it runs on with the old key, the others are not touched, and the next `up`
    tries again. A key that is not in a file of its own is refused, with the next step.

    Exit codes: 0 all ready with the new key, 1 one is not, or its last session may be lost, 2
    usage, or a key has no file of its own, 3 `up` has other changes, the engine cannot be used, or
    another manager is running, 4 an old instance could not be brought back, 6 not confirmed, 130
    interrupted.
    """
    from multi_instance_manager.cli.answer import answer, say
    from multi_instance_manager.cli.watching import watching
    from multi_instance_manager.commands.change.rotate_keys import rotate_keys
    from multi_instance_manager.render.change import remarks
    from multi_instance_manager.render.keys import rotated_text

    request = requested(flags, profiles)
    output = request.settings.output
    report = rotate_keys(request, watching(output, "replacing", again="up"), _confirm).report()
    for line in remarks(report):
        say(line)
    answer(output, report, rotated_text)


def _confirm(about: NewKeys) -> bool:
    """Name the files and instances, and ask; no answer means no."""
    from multi_instance_manager.cli.answer import say
    from multi_instance_manager.render import outlet
    from multi_instance_manager.text.plurals import counted

    for path in about.paths:
        say(f"new key  {path}")
    instances = counted(len(about.profiles), "instance")
    return outlet.asks(f"Write new keys, and restart {instances} one at a time?")
