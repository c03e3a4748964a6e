"""`multi-instance profiles`: the saved sessions and their earlier versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.cli.options import resolved, with_settings_options
from multi_instance_manager.errors import ManagerError

if TYPE_CHECKING:
    from multi_instance_manager.operations.profiles import ProfileHistory

_OPTIONS = (
    "project_root",
    "profile_dir",
    "container_prefix",
    "state_dir",
    "lock_timeout",
    "output",
)


@click.group("profiles")
def command() -> None:
    """Look at earlier versions of the saved sessions, and go back to one.

    Whenever a session is overwritten, in the pool or in an instance, its version before is kept.
    """


@command.command("history", epilog="Example:\n  multi-instance profiles history user-a")
@click.argument("profile")
@with_settings_options(_OPTIONS)
def history_command(profile: str, **flags: Any) -> None:
    """List the versions kept of PROFILE, oldest first. Their content is never shown."""
    from multi_instance_manager.operations.profiles import history
    from multi_instance_manager.render.history import history_text

    settings = resolved(flags)
    found: ProfileHistory = _or_end(lambda: history(settings, profile))
    click.echo(history_text(found, settings.output))


@command.command("restore", epilog="Example:\n  multi-instance profiles restore user-a 3")
@click.argument("profile")
@click.argument("version", type=int)
@with_settings_options(_OPTIONS)
def restore_command(profile: str, version: int, **flags: Any) -> None:
    """Put VERSION of PROFILE back into the pool.

    The next `up` launches its instance on it. What the pool holds now goes into the history.
    """
    from multi_instance_manager.operations.profiles import restore

    settings = resolved(flags)
    before = _or_end(lambda: restore(settings, profile, version))
    kept = f" (what was there is kept as {before.name})" if before else ""
    click.echo(
        f"profile {profile}: version {version} is in the pool{kept}; run `multi-instance up`"
    )


def _or_end(work: Any) -> Any:
    try:
        return work()
    except ManagerError as failure:
        click.echo(f"error: {failure}", err=True)
        raise click.exceptions.Exit(int(failure.exit_code)) from None
