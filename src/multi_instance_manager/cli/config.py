"""`multi-instance config`: show the settings in force, and the configuration file's schema."""

from __future__ import annotations

from typing import Any

import click

from multi_instance_manager.cli.options import with_settings_options
from multi_instance_manager.cli.request import requested

_EPILOG = """\b
Examples:
  multi-instance config show
  multi-instance config schema > multi-instance.schema.json
"""
_SHOW_EPILOG = """\b
Examples:
  multi-instance config show
  multi-instance config show --output json
  multi-instance config show --config team-a.toml
"""


_SCHEMA_EPILOG = """\b
Example:
  multi-instance config schema > multi-instance.schema.json
"""


@click.group("config", epilog=_EPILOG)
def command() -> None:
    """Show the settings in force, or describe the configuration file."""


@command.command("show", short_help="Show each setting and its source.", epilog=_SHOW_EPILOG)
@with_settings_options()
def show_command(**flags: Any) -> None:
    """Show each setting and its source: flag, variable, file or default.

    A flag overrides a variable, a variable the file, and the file the default. Secrets are masked.

    Exit codes: 0 shown, 2 a value cannot be used.
    """
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.look.config import config_show
    from multi_instance_manager.render.config import config_text

    request = requested(flags)
    answer(request.settings.output, config_show(request), config_text)


@command.command("schema", short_help="Print the JSON schema of the file.", epilog=_SCHEMA_EPILOG)
def schema_command() -> None:
    """Print the JSON schema of multi-instance.toml: its keys, types and meanings.

    Exit codes: 0 printed, 1 it could not be written.
    """
    from multi_instance_manager.cli.answer import end, write
    from multi_instance_manager.settings.file_schema import file_schema
    from multi_instance_manager.text.json_text import json_text

    end(0, written=write(json_text(file_schema()), is_document=True))
