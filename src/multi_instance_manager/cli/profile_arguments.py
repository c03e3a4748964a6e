"""Profile names as arguments: one name, or several names and globs, with completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.cli.numbers import WholeNumber

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


def version_argument(function: Command) -> Command:
    """Add ``VERSION``, the number of an earlier version of ``profile``."""
    version = click.argument(
        "version", type=WholeNumber(1), required=False, shell_complete=_versions
    )
    return version(function)


def _versions(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the numbers of the kept versions; reads no content."""
    import os
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from multi_instance_manager.errors import ManagerError
    from multi_instance_manager.fleet.container_names import container_name_of
    from multi_instance_manager.sessions.history import versions
    from multi_instance_manager.settings.reading import GivenOptions
    from multi_instance_manager.settings.resolve import resolve_settings
    from multi_instance_manager.state.layout import StateLayout

    del parameter
    try:
        settings = resolve_settings(GivenOptions(context.params, os.environ, Path.cwd()))
        layout = StateLayout(settings.state_dir, settings.container_prefix)
        kept = versions(layout, container_name_of(layout.fleet, context.params["profile"] or ""))
    except (ManagerError, OSError):
        return []
    shown = {str(version.number): f"kept {version.kept_at:%Y-%m-%d %H:%M}" for version in kept}
    return [CompletionItem(n, help=told) for n, told in shown.items() if n.startswith(incomplete)]


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
