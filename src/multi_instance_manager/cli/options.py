"""Builds command-line options from the table of settings. Values stay text until resolved.

So all problems of options and variables come in one report, which names each as it was given.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.cli.grouped_help import GroupedOption
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.settings.option_groups import EVERYDAY, group_of
from multi_instance_manager.settings.options import OPTIONS, Option

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from click.shell_completion import CompletionItem

    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.settings.reading import GivenOptions

STATE_DIR = "multi-instance.state-dir"
"""The key of the state folder in a command's context, once it is known."""

POOL_OPTIONS = (
    "project_root",
    "profile_dir",
    "state_dir",
    "container_prefix",
    "config_file",
    "host",
    "context",
    "engine_timeout",
    "output",
)
INSTANCE_OPTIONS = {
    "docker_env_file",
    "mount_docker_env",
    "image",
    "api_key",
    "api_key_file",
    "generate_api_key",
    "log_level",
    "base_api_port",
    "base_stream_port",
    "disable_auth_rotation",
    "docker_args",
    "host_ip",
    "isolation",
    "memory_limit",
    "cpus",
    "shm_size",
}
"""The settings that an instance is made from. A difference from those of `up` is drift."""


def with_settings_options(
    names: Collection[str] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add options of the table to a command: those named, or all."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(OPTIONS):
            if not names or option.name in names:
                is_everyday = option.name in EVERYDAY - (INSTANCE_OPTIONS if names else set())
                function = _click_option(option, is_everyday=is_everyday)(function)
        return function

    return add


def _click_option(
    option: Option, *, is_everyday: bool
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    text = f"{option.meaning}  [default: {option.default_text}"
    word = f"={str(option.switch_value).lower()}" if option.is_switch else ""
    variable = option.variable or option.elsewhere
    text += f"; variable: {variable}{word}]" if variable else "]"
    names = [name for name in (option.short, option.flag, option.name) if name]
    shape: dict[str, Any] = {
        "cls": GroupedOption,
        "group": group_of(option.name).value,
        "is_everyday": is_everyday,
        "hidden": option.hidden,
        "default": None,
        "help": text,
    }
    if option.is_switch:
        return click.option(*names, is_flag=True, **shape)
    return click.option(
        *names,
        metavar=option.metavar,
        multiple=option.repeatable,
        shell_complete=_values_of(option),
        **shape,
    )


def _values_of(option: Option) -> Callable[..., list[CompletionItem]]:
    """Complete an option's value: as one of a few words, as a path, or not at all."""

    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        del context, parameter
        kind = {"PATH": "file", "FILE": "file"}.get(option.metavar or "")
        if kind:
            return [CompletionItem(incomplete, type=kind)]
        words = (option.metavar or "").split("|")
        few = words if len(words) > 1 else []
        return [CompletionItem(word) for word in few if word.startswith(incomplete)]

    return complete


def _working_dir() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UsageProblems(
            ["working directory: does not exist any more; change into another"]
        ) from None


def given_options(flags: dict[str, Any], *, ignores_file: bool = False) -> GivenOptions:
    """Return what came in: flags, variables, and the place."""
    from multi_instance_manager.settings.reading import GivenOptions

    return GivenOptions(flags, os.environ, _working_dir(), ignores_file)


def resolved(given: GivenOptions) -> Settings:
    """Resolve the options; raises `UsageProblems` with all problems."""
    from multi_instance_manager.settings.resolve import resolve_settings
    from multi_instance_manager.settings.spelling import spelled_as_in_pool

    settings = spelled_as_in_pool(resolve_settings(given))
    meta = click.get_current_context().meta
    meta["output"] = settings.output.value
    meta[STATE_DIR] = settings.state_dir
    return settings
