"""Starts instances that are stopped, as they stand, and waits until they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from multi_instance_manager.checks.preflight import check_readable
from multi_instance_manager.commands.change.fleet_session import begun
from multi_instance_manager.commands.change.operations import operation_on
from multi_instance_manager.commands.survey.exclusions import left, not_launched, not_ours, shared
from multi_instance_manager.commands.survey.expectations import standing_in
from multi_instance_manager.execute.executor import Pace
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.findings import errors_of
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.fleet.networks import lost_networks, way_to_network
from multi_instance_manager.plan.causes import (
    Cause,
    CauseCode,
    cause_text,
    causes_text,
    lost_network,
)
from multi_instance_manager.plan.plan import Operation, OperationKind
from multi_instance_manager.reports.change import ChangeReport, StartReport

if TYPE_CHECKING:
    from multi_instance_manager.commands.change.fleet_session import FleetSession, SessionWatch
    from multi_instance_manager.commands.change.session_result import ChangeResult
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.commands.survey.request import Request

Answer = TypeVar("Answer", bound=ChangeReport)
_UNWANTED = {OperationKind.ORPHAN, OperationKind.REMOVE}


def start(request: Request, watch: SessionWatch) -> ChangeResult[StartReport]:
    """Start the instances asked for, or all that belong to a profile."""
    with begun(request) as current:
        picks = [_pick(current, member) for member in current.chosen()]
        timeouts = request.settings.timeouts
        pace = Pace(at_once=timeouts.starting if timeouts.wait else timeouts.parallel)
        return with_drift(current, current.go(StartReport, picks, watch, pace))


def _pick(current: FleetSession, member: Member) -> Operation | Outcome | None:
    return refused(current, member) or _operation(current, member)


def refused(current: FleetSession, member: Member) -> Outcome | None:
    """The outcome for a member that cannot be started, or is not to be unasked."""
    planned = member.operation
    if planned and planned.kind in _UNWANTED and current.is_about_all:
        reason = f"{causes_text(planned.causes)}; name it to start it all the same"
        return left(member, InstanceState.ORPHAN, reason)
    if planned and planned.kind is OperationKind.QUARANTINED and current.is_about_all:
        reason = f"{causes_text(planned.causes)}; name it to try again, or run `up --retry`"
        return left(member, InstanceState.QUARANTINED, reason)
    return (
        not_ours(member)
        or shared(member)
        or not_launched(member)
        or _without_network(current, member)
        or _with_a_closed_file(current, member)
    )


def _without_network(current: FleetSession, member: Member) -> Outcome | None:
    """The outcome for a container that cannot be started: a network of its is not there."""
    known = current.seen.engine.networks
    lost = lost_networks(member.container, known) if member.container else ()
    if not lost:
        return None
    reason = f"{cause_text(lost_network(lost[0], known))}; {way_to_network(lost[0], known)}"
    return left(member, InstanceState.FAILED, reason)


def _with_a_closed_file(current: FleetSession, member: Member) -> Outcome | None:
    """The outcome for a container whose application could not read what is mounted into it."""
    seen, container, spec = current.seen, member.container, member.spec
    if container is None or spec is None or seen.engine.is_elsewhere:
        return None
    sources = {*container.mounts.values()}
    mounted = {name: file for name, file in seen.facts.mounted.items() if file.path in sources}
    found = errors_of(tuple(check_readable(seen.settings, seen.facts.host, mounted, [spec])))
    if not found:
        return None
    return left(member, InstanceState.FAILED, f"was left as it is: {found[0].sentence()}")


def _operation(current: FleetSession, member: Member) -> Operation:
    container = member.container
    if container is None:
        raise TypeError("only a container can be started")
    kind, cause = OperationKind.RESTART, Cause(CauseCode.IN_STATE, after=container.state)
    if container.state is ContainerState.PAUSED:
        kind = OperationKind.START
    elif container.state is ContainerState.RUNNING and not _is_being_stopped(member):
        kind, cause = OperationKind.AWAIT, Cause(CauseCode.RUNS_ALREADY)
    return on_standing(current, member, kind, cause)


def _is_being_stopped(member: Member) -> bool:
    """Whether an earlier run was stopping it when it was cut short: it may end any moment."""
    return member.operation is not None and member.operation.kind is OperationKind.START


def on_standing(
    current: FleetSession, member: Member, kind: OperationKind, cause: Cause
) -> Operation:
    """An operation that brings back the member's container as it stands."""
    if member.container is None:
        raise TypeError("only a container can be brought back")
    spec = standing_in(current.seen, member.container_name, member.container).spec
    return replace(operation_on(member, kind, cause, spec), old=None)


def with_drift(current: FleetSession, result: ChangeResult[Answer]) -> ChangeResult[Answer]:
    """Say of each instance whether the next `up` would make another of it."""
    drifted = {
        member.container_name: causes_text(member.operation.causes)
        for member in current.members
        if member.operation and member.operation.kind is OperationKind.REPLACE
    }
    outcomes = [
        replace(o, notes=(*o.notes, f"`up` would replace it: {drifted[name]}"))
        if (name := o.operation.container_name) in drifted
        else o
        for o in result.outcomes
    ]
    return replace(result, outcomes=tuple(outcomes))
