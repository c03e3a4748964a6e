"""What `up` would do, without doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.commands.survey.connection import Connection
from multi_instance_manager.commands.survey.prepare import Prepared, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.settings.model import Settings


def preview(settings: Settings, environment: Mapping[str, str]) -> Prepared:
    """Gather, plan and check; reads only."""
    return prepare(settings, Connection(settings, environment).engine, environment)
