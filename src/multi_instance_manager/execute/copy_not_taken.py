"""A runtime copy that the pool cannot take: torn, too large, or closed to this user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.errors import InstanceFailed, StateError
from multi_instance_manager.files.untrusted_files import is_regular_file
from multi_instance_manager.sessions.sync_state import NOT_TAKEN, SyncOutcome

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.execute.saved_session import SavedSession
    from multi_instance_manager.plan.plan import Operation

_AGAIN = "then run the command again"


def keep_what_was_not_taken(
    tools: ExecutionContext, operation: Operation, saved: SavedSession
) -> SavedSession:
    """Put such a copy into the history; raises `InstanceFailed` where that cannot be done."""
    copy = tools.layout.copy(operation.container_name, operation.profile_name)
    try:
        kept = tools.custodian.keep_copy(operation.container_name, copy)
    except StateError as problem:
        raise InstanceFailed(
            f"its runtime copy {copy} could not be kept, so it was stopped and not removed: "
            f"{problem}"
        ) from problem
    if kept is not None:
        return replace(saved, note=f"{saved.note}; it was kept as {kept}")
    if not is_regular_file(copy):
        raise InstanceFailed(
            f"its runtime copy {copy} is no regular file, so it was stopped and not removed",
            next_step=f"move it away, {_AGAIN}",
        )
    return saved  # an empty file


def refuse_not_taken(
    tools: ExecutionContext, operation: Operation, fate: SyncOutcome | None
) -> None:
    """Raise `InstanceFailed` where the copy is one; it says how to keep it."""
    if fate not in NOT_TAKEN:
        return
    copy = tools.layout.copy(operation.container_name, operation.profile_name)
    fault, way_out = NOT_TAKEN[fate], _way_out(fate, copy)
    if fate is SyncOutcome.TORN and not is_regular_file(copy):
        fault, way_out = "is no regular file", "move it away"
    raise InstanceFailed(
        f"its runtime copy {copy} {fault}, so it was stopped and not removed",
        next_step=f"{way_out}, then run `multi-instance down` again",
    )


def _way_out(fate: SyncOutcome, copy: Path) -> str:
    """How such a copy is kept, so that its instance can be removed."""
    if fate is SyncOutcome.TOO_LARGE:
        return f"keep it with `mv {copy} …`"
    if fate is SyncOutcome.CLOSED:
        return f"open it with `sudo chmod -R a+rwX {copy.parent}`"
    return "put the torn copy into the history with `multi-instance up`"
