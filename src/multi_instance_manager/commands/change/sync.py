"""Carries sessions home to the pool now, whether their instances run or not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from multi_instance_manager.commands.change.fleet_session import begun
from multi_instance_manager.commands.change.operations import operation_on
from multi_instance_manager.commands.survey.exclusions import left, not_ours
from multi_instance_manager.execute.executor import Pace
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.plan.causes import ASKED_FOR
from multi_instance_manager.plan.plan import Operation, OperationKind
from multi_instance_manager.reports.change import SyncReport

if TYPE_CHECKING:
    from multi_instance_manager.commands.change.fleet_session import FleetSession, SessionWatch
    from multi_instance_manager.commands.change.session_result import ChangeResult
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.commands.survey.request import Request


def sync(request: Request, watch: SessionWatch) -> ChangeResult[SyncReport]:
    """Harvest the instances asked for, or all; nothing is stopped or started."""
    with begun(request) as current:
        picks = [_pick(current, member) for member in current.chosen()]
        pace = Pace(at_once=request.settings.timeouts.parallel)
        return current.go(SyncReport, picks, watch, pace)


def _pick(current: FleetSession, member: Member) -> Operation | Outcome | None:
    """A copy whose container was removed by hand is harvested, too."""
    copy = current.seen.layout.copy(member.container_name, member.profile_name)
    if member.container is None and member.aside is None and not os.path.lexists(copy):
        if current.is_about_all:
            return None
        return left(member, InstanceState.LEFT_ALONE, "was never launched; nothing to save")
    return not_ours(member) or operation_on(member, OperationKind.SYNC, ASKED_FOR)
