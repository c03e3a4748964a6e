"""`multi-instance export`: write the instances as files for another tool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from multi_instance_manager.cli.grouped_help import CommandGroup, GroupedCommand
from multi_instance_manager.cli.options import (
    INSTANCE_OPTIONS,
    POOL_OPTIONS,
    with_settings_options,
)
from multi_instance_manager.cli.request import requested

if TYPE_CHECKING:
    from collections.abc import Callable

_SETTINGS = (*POOL_OPTIONS, *INSTANCE_OPTIONS, "stop_timeout")
_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
_WITH_SECRETS = click.option(
    "--with-secrets",
    is_flag=True,
    help="Also write the secrets, to a file that only its owner can read.",
)
_EPILOG = """\b
Examples:
  multi-instance export compose compose-files
  multi-instance export quadlet units
  multi-instance export kubernetes manifests --with-secrets
  multi-instance export stack stack-files
"""


@click.group("export", cls=CommandGroup, epilog=_EPILOG)
def command() -> None:
    """Write the instances as files for another tool; change no instance.

    The manager's custody of sessions, its proof and its replacement are not part of the files. Each
    of them begins with what is lost. DIR must be new or empty, or hold an earlier export.
    """


def _with_parameters(function: Callable[..., Any]) -> Callable[..., Any]:
    return _FOLDER(_WITH_SECRETS(with_settings_options(_SETTINGS)(function)))


_COMPOSE_EPILOG = """\b
Examples:
  multi-instance export compose compose-files
  multi-instance export compose compose-files --with-secrets
"""


@command.command(
    "compose", cls=GroupedCommand, short_help="Write a Compose file.", epilog=_COMPOSE_EPILOG
)
@_with_parameters
def compose_command(**flags: Any) -> NoReturn:
    """Write a Compose file to DIR, with a service for each instance.

    A later `multi-instance up` takes over the containers that Compose has made.

    Exit codes: 0 written, 1 a file could not be written, 2 usage, 3 the pool cannot be launched, no
    engine answers, or DIR holds other files.
    """
    _export("compose", **flags)


_QUADLET_EPILOG = """\b
Example:
  multi-instance export quadlet units
"""


@command.command(
    "quadlet", cls=GroupedCommand, short_help="Write units for Podman.", epilog=_QUADLET_EPILOG
)
@_with_parameters
def quadlet_command(**flags: Any) -> NoReturn:
    """Write a .container unit for each instance to DIR, for Podman under systemd.

    Exit codes: 0 written, 1 a file could not be written, 2 usage, 3 the pool cannot be launched, no
    engine answers, or DIR holds other files.
    """
    _export("quadlet", **flags)


_KUBERNETES_EPILOG = """\b
Examples:
  multi-instance export kubernetes manifests
  multi-instance export kubernetes manifests --with-secrets
"""


@command.command(
    "kubernetes", cls=GroupedCommand, short_help="Write manifests.", epilog=_KUBERNETES_EPILOG
)
@_with_parameters
def kubernetes_command(**flags: Any) -> NoReturn:
    """Write manifests for Kubernetes to DIR, a file for each instance.

    Each instance is a StatefulSet with one pod and a volume, a Service that only the cluster
    reaches, and a NetworkPolicy. Its login is in a Secret.

    Exit codes: 0 written, 1 a file could not be written, 2 usage, 3 the pool cannot be launched, no
    engine answers, or DIR holds other files.
    """
    _export("kubernetes", **flags)


_STACK_EPILOG = """\b
Example:
  multi-instance export stack stack-files
"""


@command.command(
    "stack", cls=GroupedCommand, short_help="Write a stack file for a swarm.", epilog=_STACK_EPILOG
)
@_with_parameters
def stack_command(**flags: Any) -> NoReturn:
    """Write a stack file for a swarm to DIR, with a service for each instance.

    Exit codes: 0 written, 1 a file could not be written, 2 usage, 3 the pool cannot be launched, no
    engine answers, or DIR holds other files.
    """
    _export("stack", **flags)


def _export(form: str, *, folder: Path, with_secrets: bool, **flags: Any) -> NoReturn:
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.export.export import export
    from multi_instance_manager.export.exported import ExportFormat
    from multi_instance_manager.render.export import export_text

    request = requested(flags)
    report = export(request, ExportFormat(form), folder, with_secrets=with_secrets)
    answer(request.settings.output, report, export_text)
