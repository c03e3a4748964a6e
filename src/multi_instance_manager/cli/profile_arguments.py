"""Profile names as arguments: one name, or several names and globs, with completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

    Command = Callable[..., Any]


def profile_arguments(function: Command) -> Command:
    """Add ``[PROFILE]...``: names or globs; none means all. Arrives as ``profiles``."""
    return click.argument(
        "profiles", metavar="[PROFILE]...", nargs=-1, shell_complete=_names_beginning_with
    )(function)


def needed_profile_arguments(function: Command) -> Command:
    """Add ``PROFILE...``: names or globs, at least one. Arrives as ``profiles``."""
    return click.argument(
        "profiles",
        metavar="PROFILE...",
        nargs=-1,
        required=True,
        shell_complete=_names_beginning_with,
    )(function)


def profile_argument(function: Command) -> Command:
    """Add ``PROFILE``, exactly one. Arrives as ``profile``."""
    return click.argument("profile", metavar="PROFILE", shell_complete=_names_beginning_with)(
        function
    )


def _names_beginning_with(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete profile names from the pool's folder; uses no engine and reads no content."""
    import os
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from multi_instance_manager.errors import ManagerError
    from multi_instance_manager.sessions.pool import SUFFIX
    from multi_instance_manager.settings.reading import GivenOptions
    from multi_instance_manager.settings.resolve import resolve_settings

    named = context.params.get(parameter.name or "") or ()
    try:
        folder = resolve_settings(GivenOptions(context.params, os.environ, Path.cwd())).profile_dir
        entries = sorted(os.listdir(folder))  # noqa: PTH208  # names alone are enough
    except (ManagerError, OSError):
        return []
    names = [e.removesuffix(SUFFIX) for e in entries if e.endswith(SUFFIX) and e[0] != "."]
    wanted = (n for n in names if n.startswith(incomplete) and n.isprintable() and n not in named)
    return [CompletionItem(name) for name in wanted]
