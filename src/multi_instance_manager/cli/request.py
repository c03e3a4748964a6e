"""What the options and arguments of a command ask for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from multi_instance_manager.cli.options import POOL_OPTIONS, given_options, resolved

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.settings.reading import GivenOptions

SESSION_OPTIONS = (*POOL_OPTIONS, "lock_timeout", "parallel", "stop_timeout")
"""The pool, and how work on its instances is paced."""

_OF_THE_WHOLE_POOL = {"plan_file": "--plan", "remove_orphans": "--remove-orphans"}


def requested(flags: dict[str, Any], profiles: tuple[str, ...] = ()) -> Request:
    """Resolve what came in; raises `UsageProblems`."""
    return request_of(given_options(flags), profiles)


def request_of(given: GivenOptions, profiles: tuple[str, ...] = ()) -> Request:
    """Resolve what was given; raises `UsageProblems`."""
    from multi_instance_manager.commands.survey.request import Request

    return Request(resolved(given), os.environ, profiles)


def launch_requested(flags: dict[str, Any], profiles: tuple[str, ...]) -> Request:
    """Resolve what came in for a launch; refuses options that are about the whole pool."""
    for name, option in _OF_THE_WHOLE_POOL.items():
        if profiles and flags.get(name):
            raise click.UsageError(f"{option} is about all profiles: pass it without names")
    return requested(flags, profiles)
