"""`multi-instance up`: launch one isolated container for each saved profile, and verify it."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.cli.answer import end, write
from multi_instance_manager.cli.options import resolved, with_settings_options
from multi_instance_manager.cli.signals import interruptible
from multi_instance_manager.errors import ExitCode, ManagerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.plan.plan import Plan
    from multi_instance_manager.progress import Sink
    from multi_instance_manager.render.screen import Screen
    from multi_instance_manager.settings.model import Settings

_EPILOG = """\b
Examples:
  multi-instance up
  multi-instance up --image my-image:1.2 --container-prefix team-a
  multi-instance up --dry-run
"""


@click.command("up", epilog=_EPILOG)
@with_settings_options()
def command(**flags: Any) -> None:
    """Launch one isolated container for each saved auth profile.

    Checks everything first, and changes nothing if a check fails. Waits until each instance
    answers, then verifies from outside that it runs on its own profile only. Unchanged instances
    keep running. Changed ones are replaced; if a replacement fails, the old instance is brought
    back.

    Exit codes: 0 all well, 1 some instance failed, or its last session may be lost, 2 usage, 3 the
    checks found problems, the engine cannot be used, or another manager is running, 4 a
    replacement failed and the old instance could not be brought back, 6 not confirmed, 130
    interrupted.
    """
    from multi_instance_manager.render.screen import Screen

    settings = resolved(flags)
    screen = Screen(settings.output, write)
    code = _preview(settings, screen) if settings.dry_run else _launch(settings, screen)
    end(int(code), written=screen.was_written)


def _preview(settings: Settings, screen: Screen) -> ExitCode:
    """Print the lines of a dry run, with findings or without; returns the exit code."""
    from multi_instance_manager.commands.survey.preview import preview
    from multi_instance_manager.findings import errors_of
    from multi_instance_manager.render.script import script_of

    prepared = preview(settings, os.environ)
    refused = bool(errors_of(prepared.findings))
    code = ExitCode.REFUSED if refused else ExitCode.OK
    screen.preview(prepared, script_of(prepared), code)
    return code


def _launch(settings: Settings, screen: Screen) -> ExitCode:
    from multi_instance_manager.commands.change.up import UpGates, up

    stop = threading.Event()
    gates = UpGates(
        show=screen.found,
        confirm=screen.ask,
        watch=lambda plan: _watched(screen, plan, stop),
        stop=stop,
    )
    try:
        result = up(settings, os.environ, gates)
    except ManagerError as failure:
        screen.ended(failure)
        return failure.exit_code
    screen.result(result)
    return result.exit_code


@contextmanager
def _watched(screen: Screen, plan: Plan, stop: threading.Event) -> Iterator[Sink]:
    with interruptible(stop), screen.progress(plan) as sink:
        yield sink
