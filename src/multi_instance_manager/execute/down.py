"""Takes an instance away with everything that is private to it; its session goes home first.

The order makes it repeatable: containers go before the files that they use, and the files before
the lease. Whatever is left of an instance, the next `down` or `up` finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.errors import InstanceFailed, StateError
from multi_instance_manager.execute.cleanup import forget
from multi_instance_manager.execute.copy_not_taken import refuse_not_taken
from multi_instance_manager.execute.existing import stop_all
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.execute.stop_and_remove import save_session
from multi_instance_manager.progress import Phase

if TYPE_CHECKING:
    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.execute.saved_session import SavedSession
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.sessions.last_save import Ending


def down(operation: Operation, tools: ExecutionContext) -> Outcome:
    """Stop, harvest, remove, forget; an instance whose session cannot be saved is not removed."""
    ending = stop_all(operation, tools)
    saved = _saved_or_refused(operation, tools, ending)
    for container in operation.containers:
        with tools.engine_calls.turn():
            tools.engine.remove(container.container_id)
    try:
        forget(tools, operation)
    except StateError as problem:
        raise InstanceFailed(f"its container is gone, its private files are not: {problem}") from (
            problem
        )
    tools.tell(operation, Phase.REMOVED)
    container_id = operation.containers[0].container_id if operation.containers else ""
    return Outcome(
        operation,
        InstanceState.REMOVED,
        container_id,
        notes=saved.notes,
        session=saved.fate,
        last_save=saved.last_save,
    )


def _saved_or_refused(
    operation: Operation, tools: ExecutionContext, ending: Ending | None
) -> SavedSession:
    try:
        saved = save_session(tools, operation, ending)
        _keep_what_else_there_is(operation, tools)
    except StateError as problem:
        raise InstanceFailed(
            f"its session could not be saved, so it was stopped and not removed: {problem}"
        ) from problem
    refuse_not_taken(tools, operation, saved.fate)
    return saved


def _keep_what_else_there_is(operation: Operation, tools: ExecutionContext) -> None:
    """The copy, what an interrupted replacement has put by, and the earlier script's copy."""
    name, profile_name = operation.container_name, operation.profile_name
    pool_file = tools.pool_files.get(profile_name)
    tools.custodian.keep_legacy(name, pool_file)
    for copy in (tools.layout.copy(name, profile_name), tools.custodian.stashed(name)):
        tools.custodian.keep_if_unsaved(name, copy, pool_file)
