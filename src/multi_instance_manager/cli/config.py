"""`multi-instance config`: show the settings in force, and the configuration file's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.cli.grouped_help import CommandGroup, GroupedCommand
from multi_instance_manager.cli.options import with_settings_options
from multi_instance_manager.cli.request import requested

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_EPILOG = """\b
Examples:
  multi-instance config show
  multi-instance config schema > multi-instance.schema.json
"""
_SHOW_EPILOG = """\b
Examples:
  multi-instance config show
  multi-instance config show image wait-timeout
  multi-instance config show --output json
  multi-instance config show --config team-a.toml
"""


_SCHEMA_EPILOG = """\b
Example:
  multi-instance config schema > multi-instance.schema.json
"""


@click.group("config", cls=CommandGroup, epilog=_EPILOG)
def command() -> None:
    """Show the settings in force, or describe the configuration file."""


def _keys(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the keys of the configuration file."""
    from click.shell_completion import CompletionItem

    from multi_instance_manager.settings.options import OPTIONS

    named = context.params.get(parameter.name or "") or ()
    keys = {option.key: option.meaning for option in OPTIONS if not option.hidden}
    wanted = (key for key in keys if key.startswith(incomplete) and key not in named)
    return [CompletionItem(key, help=keys[key]) for key in wanted]


@command.command(
    "show", cls=GroupedCommand, short_help="Show each setting and its source.", epilog=_SHOW_EPILOG
)
@click.argument("keys", metavar="[KEY]...", nargs=-1, shell_complete=_keys)
@with_settings_options()
def show_command(keys: tuple[str, ...], **flags: Any) -> None:
    """Show each setting and its source: flag, variable, file or default; or only those of KEYs.

    A flag overrides a variable, a variable the file, and the file the default. Secrets are masked.
    A KEY is that of the configuration file, such as `image` or `application.ports.api`.

    Exit codes: 0 shown, 2 a value cannot be used.
    """
    from multi_instance_manager.cli.answer import answer
    from multi_instance_manager.commands.look.config import config_show
    from multi_instance_manager.render.config import config_text

    request = requested(flags)
    answer(request.settings.output, config_show(request, keys), config_text)


@command.command(
    "schema",
    cls=GroupedCommand,
    short_help="Print the JSON schema of the file.",
    epilog=_SCHEMA_EPILOG,
)
def schema_command() -> None:
    """Print the JSON schema of multi-instance.toml: its keys, types and meanings.

    Exit codes: 0 printed, 1 it could not be written.
    """
    from multi_instance_manager.cli.answer import end, write
    from multi_instance_manager.settings.file_schema import file_schema
    from multi_instance_manager.text.json_text import json_text

    end(0, written=write(json_text(file_schema()), is_document=True))
