"""The command to run after an instance failed, by how it ended. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from msgspec import Meta

from multi_instance_manager.execute.outcome import InstanceState
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.text.command_line import command_line

if TYPE_CHECKING:
    from multi_instance_manager.execute.outcome import Outcome

NextStep: TypeAlias = Annotated[
    str | None,
    Meta(
        description="The command to run next, in a sentence; null: nothing is to be done, or "
        "`problem` ends with it."
    ),
]

_TO_REPEAT = frozenset(
    {
        InstanceState.ROLLBACK_FAILED,
        InstanceState.HELD_BACK,
        InstanceState.NOT_BEGUN,
        InstanceState.INTERRUPTED,
    }
)
_COMMANDS = {
    OperationKind.STOP: "stop",
    OperationKind.RESTART: "restart",
    OperationKind.AWAIT: "start",
    OperationKind.DOWN: "down",
    OperationKind.SYNC: "sync",
}


def next_step(outcome: Outcome) -> str | None:
    """Return the step for an instance with a problem; None if the problem names it itself."""
    if not outcome.problem or outcome.names_next_step:
        return None
    operation = outcome.operation
    if operation.kind is OperationKind.REMOVE:
        return f"`{command_line('up')}` tries again"
    if outcome.state in _TO_REPEAT:
        words = _COMMANDS.get(operation.kind, "up")
        return f"`{command_line(words, [operation.profile_name])}` tries again"
    if outcome.state is InstanceState.NOT_SAVED and outcome.session is None:
        return f"`{command_line('sync', [operation.profile_name])}` saves it"
    return f"`{command_line('explain', [operation.profile_name])}` says why"
