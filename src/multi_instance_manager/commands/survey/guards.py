"""Refuses to look where nothing can be seen: no engine, no project, files elsewhere."""

from __future__ import annotations

from multi_instance_manager.commands.survey.gather import survey
from multi_instance_manager.commands.survey.members import members_of
from multi_instance_manager.commands.survey.reach import (
    refuse_out_of_reach,
    refuse_without_a_project,
)
from multi_instance_manager.commands.survey.request import Request
from multi_instance_manager.commands.survey.survey import Survey


def looked_at(request: Request) -> Survey:
    """The survey; raises `Refused` without an engine of this machine, or without a project."""
    seen = survey(request)
    refuse_out_of_reach(seen)
    refuse_without_a_project(request.settings, members_of(seen))
    return seen
