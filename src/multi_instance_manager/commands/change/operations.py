"""Which operation a command about standing instances has for a member, or why it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.plan.plan import Operation, OperationKind

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.plan.causes import Cause
    from multi_instance_manager.plan.spec import InstanceSpec


def operation_on(
    member: Member, kind: OperationKind, cause: Cause, spec: InstanceSpec | None = None
) -> Operation:
    """An operation of that kind on the member's container and what was set aside of it."""
    return Operation(
        kind,
        member.profile_name,
        member.container_name,
        (cause,),
        spec=spec,
        current=member.container,
        old=member.aside,
    )
