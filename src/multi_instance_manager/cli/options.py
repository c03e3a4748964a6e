"""Command-line options out of the table of settings: every value stays text until it is resolved.

That way all problems of all options and variables come in one report, and a variable is named by
its own name.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.settings.options import OPTIONS, Option

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from multi_instance_manager.settings import Settings


def with_settings_options(
    names: Collection[str] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options of the table to a command: those named, or all."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(OPTIONS):
            if not names or option.name in names:
                function = _click_option(option)(function)
        return function

    return add


def _click_option(option: Option) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    text = f"{option.help}  [default: {option.default_text}"
    word = f"={str(option.switch_value).lower()}" if option.is_switch else ""
    text += f"; variable: {option.variable}{word}]" if option.variable else "]"
    if option.is_switch:
        return click.option(option.flag, option.name, is_flag=True, default=None, help=text)
    return click.option(
        option.flag,
        option.name,
        metavar=option.metavar,
        multiple=option.repeatable,
        default=None,
        help=text,
    )


def _working_dir() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UsageProblems(
            ["working directory: does not exist any more; change into another"]
        ) from None


def resolved(flags: dict[str, Any]) -> Settings:
    """Resolve what came in; everything that is wrong is said, and ends the command."""
    from multi_instance_manager.settings import Given, resolve_settings

    try:
        return resolve_settings(Given(flags, os.environ, _working_dir()))
    except UsageProblems as problems:
        from multi_instance_manager.render.screen import refuse_usage

        refuse_usage(problems, as_json=flags.get("output") == "json")
        raise click.exceptions.Exit(int(problems.exit_code)) from None
