"""Why a command has nothing to do for a member of the fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.plan.plan import Operation, OperationKind

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.members import Member


_CANNOT_BE_USED = "its profile cannot be used; `multi-instance plan` says why"


_UP_STARTS = "has no container; `multi-instance up` launches it"


def left(member: Member, state: InstanceState, reason: str) -> Outcome:
    """The outcome for a member that nothing is done to."""
    operation = Operation(OperationKind.ORPHAN, member.profile_name, member.container_name, ())
    container_id = member.container.container_id if member.container else ""
    if state in {InstanceState.LEFT_ALONE, InstanceState.ORPHAN}:
        return Outcome(operation, state, container_id, notes=(reason,))
    return Outcome(operation, state, container_id, problem=reason, names_next_step=True)


def is_unwanted(member: Member) -> bool:
    """Whether its profile is there and not to be launched."""
    return member.profile is not None and member.spec is None


def not_ours(member: Member) -> Outcome | None:
    """The outcome where the earlier script's container bears the name: it is not ours to touch."""
    if member.container is None or member.container.ours is not None:
        return None
    reason = (
        f"container {member.container.name} is the earlier script's and was left as it is; "
        "`multi-instance up` adopts it first"
    )
    return left(member, InstanceState.FAILED, reason)


def shared(member: Member) -> Outcome | None:
    """The outcome where another container runs on the session: whatever is done spoils it."""
    if not member.second_writer:
        return None
    reason = (
        f"container {member.second_writer} runs on its session, too, and is not of this fleet; "
        "stop or remove that one first"
    )
    return left(member, InstanceState.FAILED, reason)


def not_launched(member: Member) -> Outcome | None:
    """The outcome for a member that has no container to start."""
    if member.container is not None:
        return None
    if member.aside is not None:
        reason = "its replacement was interrupted; `multi-instance up` finishes or undoes it"
        return left(member, InstanceState.FAILED, reason)
    if is_unwanted(member):
        return left(member, InstanceState.LEFT_ALONE, "is disabled in the configuration")
    if member.profile is None:
        return left(member, InstanceState.NOT_LAUNCHED, _CANNOT_BE_USED)
    return left(member, InstanceState.NOT_LAUNCHED, _UP_STARTS)
