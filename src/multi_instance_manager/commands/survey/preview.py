"""What `up` would do, without doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.commands.survey.prepare import Prepared, prepare

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request


def preview(request: Request) -> Prepared:
    """Gather, plan and check; reads only."""
    return prepare(request)
