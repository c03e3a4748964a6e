"""Builds the request of a command from its options and arguments."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from multi_instance_manager.cli.options import POOL_OPTIONS, resolved

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request

ROUND_OPTIONS = (*POOL_OPTIONS, "lock_timeout", "parallel", "stop_timeout")
"""The options of the pool, and of the pace of a round over its instances."""


def requested(profiles: tuple[str, ...], flags: dict[str, Any]) -> Request:
    """Resolve the options; raises `UsageProblems`."""
    from multi_instance_manager.commands.survey.request import Request

    return Request(resolved(flags), os.environ, profiles)
