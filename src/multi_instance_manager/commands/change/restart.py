"""Restarts instances as they stand, each ready before the next one stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.commands.change.fleet_session import begun
from multi_instance_manager.commands.change.start import on_standing, refused, with_drift
from multi_instance_manager.execute.executor import Pace
from multi_instance_manager.plan.causes import ASKED_FOR
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.reports.change import RestartReport

if TYPE_CHECKING:
    from multi_instance_manager.commands.change.fleet_session import FleetSession, SessionWatch
    from multi_instance_manager.commands.change.session_result import ChangeResult
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.execute.outcome import Outcome
    from multi_instance_manager.plan.plan import Operation


def restart(
    request: Request, watch: SessionWatch, *, at_once: int | None
) -> ChangeResult[RestartReport]:
    """Restart the instances asked for, or all that belong to a profile; stopped ones start.

    ``at_once`` of them are under way at the same time, or all where it is None. After the first
    that does not become ready, no further one is touched.
    """
    timeouts = replace(request.settings.timeouts, wait=True)
    request = replace(request, settings=replace(request.settings, timeouts=timeouts))
    with begun(request) as current:
        picks = [_pick(current, member) for member in current.chosen()]
        pace = Pace(at_once=at_once or max(1, len(picks)), ends_at_failure=True)
        return with_drift(current, current.go(RestartReport, picks, watch, pace))


def _pick(current: FleetSession, member: Member) -> Operation | Outcome:
    return refused(current, member) or on_standing(
        current, member, OperationKind.RESTART, ASKED_FOR
    )
