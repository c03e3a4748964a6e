"""How every instance is doing now. Reads only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.look.deep_probe import deeply_seen, question_of
from multi_instance_manager.commands.look.instance_status import member_status
from multi_instance_manager.commands.look.status_order import in_order
from multi_instance_manager.commands.look.vital_signs import seen_members
from multi_instance_manager.commands.survey.gather import survey
from multi_instance_manager.commands.survey.members import chosen, members_of
from multi_instance_manager.commands.survey.reach import place_findings
from multi_instance_manager.errors import ExitCode, Refused
from multi_instance_manager.findings import errors_of
from multi_instance_manager.reports.finding import found_problems
from multi_instance_manager.reports.status import StatusReport

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request

_ENGINE = "engine"


class StatusQuery(msgspec.Struct, frozen=True):
    """Which of the profiles to show, and in what order.

    ``is_deep``: those that look ready are asked a real question.
    """

    unwell_alone: bool = False
    sort_by: str = "profile"
    is_deep: bool = False


def status(request: Request, look: StatusQuery) -> StatusReport:
    """Look once. Raises `Refused` where the engine does not answer, or where there is no pool."""
    settings = request.settings
    if look.is_deep:
        question_of(settings)
    seen = survey(request)
    reader = seen.engine.reader
    if reader is None:
        raise Refused([one for one in seen.findings if one.code == _ENGINE])
    members = members_of(seen)
    if not members and errors_of(seen.findings):
        raise Refused(errors_of(seen.findings))
    see = deeply_seen if look.is_deep else seen_members
    looked_at = see(seen, reader, chosen(members, request.patterns))
    every = [member_status(one) for one in looked_at]
    unwell = [one for one in every if not one.is_well]
    return StatusReport(
        exit_code=int(ExitCode.INSTANCE_FAILED if unwell else ExitCode.OK),
        taken_at=datetime.now(tz=UTC),
        project_root=str(settings.project_root),
        fleet=settings.container_prefix,
        instances=in_order(unwell if look.unwell_alone else every, look.sort_by),
        unwell=len(unwell),
        findings=found_problems((*place_findings(seen), *seen.findings)),
    )
