"""Stops instances gracefully and carries their sessions home; the containers stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.commands.change.fleet_session import begun
from multi_instance_manager.commands.change.operations import operation_on
from multi_instance_manager.commands.survey.exclusions import left, not_ours, shared
from multi_instance_manager.execute.executor import Pace
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.plan.causes import ASKED_FOR
from multi_instance_manager.plan.plan import Operation, OperationKind
from multi_instance_manager.reports.change import StopReport

if TYPE_CHECKING:
    from multi_instance_manager.commands.change.fleet_session import FleetSession, SessionWatch
    from multi_instance_manager.commands.change.session_result import ChangeResult
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.commands.survey.request import Request


def stop(request: Request, watch: SessionWatch) -> ChangeResult[StopReport]:
    """Stop the instances asked for, or all: containers whose profile is gone among them."""
    with begun(request) as current:
        picks = [_pick(member, named=not current.is_about_all) for member in current.chosen()]
        return _with_orphans(current, current.go(StopReport, picks, watch, Pace()))


def _pick(member: Member, *, named: bool) -> Operation | Outcome | None:
    """None for a profile that was never launched, unless it was named."""
    if member.container is None and member.aside is None:
        if member.second_writer:
            return shared(member)
        reason = "has no container; nothing to stop"
        return left(member, InstanceState.LEFT_ALONE, reason) if named else None
    return not_ours(member) or operation_on(member, OperationKind.STOP, ASKED_FOR)


def _with_orphans(
    current: FleetSession, result: ChangeResult[StopReport]
) -> ChangeResult[StopReport]:
    """What nothing but a `start` by its name starts again is told."""
    orphans = {member.container_name for member in current.members if member.is_orphan}
    note = "no profile asks for it: only `start` with its name starts it again"
    outcomes = [
        replace(outcome, notes=(*outcome.notes, note))
        if outcome.state is InstanceState.STOPPED and outcome.operation.container_name in orphans
        else outcome
        for outcome in result.outcomes
    ]
    return replace(result, outcomes=tuple(outcomes))
