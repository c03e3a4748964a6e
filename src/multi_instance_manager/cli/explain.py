"""`multi-instance explain`: explain why an instance is in its state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from multi_instance_manager.cli.grouped_help import GroupedCommand
from multi_instance_manager.cli.options import (
    INSTANCE_OPTIONS,
    POOL_OPTIONS,
    with_settings_options,
)
from multi_instance_manager.cli.profile_arguments import profile_argument
from multi_instance_manager.cli.request import requested

_EPILOG = """\b
Examples:
  multi-instance explain user-a
  multi-instance explain user-a --output json
  multi-instance explain user-a --bundle user-a.tar.gz
"""


@click.command("explain", cls=GroupedCommand, epilog=_EPILOG)
@click.option(
    "--bundle",
    metavar="FILE.tar.gz",
    type=click.Path(),
    default=None,
    help="Also write an archive for a bug report, without keys, sessions or values of variables.",
)
@with_settings_options((*POOL_OPTIONS, *INSTANCE_OPTIONS))
@profile_argument
def command(profile: str, bundle: str | None, **flags: Any) -> None:
    """Explain why PROFILE's instance is in its state, with the evidence and what to do.

    Changes nothing.

    Exit codes: 0 the instance is well: ready and up to date, or not running on purpose (disabled,
    or stopped by hand); 1 it is not, or its profile is gone; 2 no such profile, or the archive's
    file exists already; 3 there is no pool.
    """
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.look.bug_report import explain_with_bundle
    from multi_instance_manager.commands.look.explain import explain_instance
    from multi_instance_manager.render.explain import explain_text

    request = requested(flags)
    if bundle is None:
        report = explain_instance(request, profile)
    else:
        report = explain_with_bundle(request, profile, Path(bundle))
    answer(request.settings.output, report, explain_text)
