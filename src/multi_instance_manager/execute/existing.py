"""Steps on instances that are taken as they stand: stop, start again, wait for, harvest.

Nothing is created and nothing replaced: whether an instance is still what is wanted is the matter
of a launch.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.errors import InstanceFailed, NotFound, StateError
from multi_instance_manager.execute.detached import LOST, bring_in
from multi_instance_manager.execute.failure_logs import telling_last_save
from multi_instance_manager.execute.launch import start_again
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.execute.stop_and_remove import (
    recover_lost_copy,
    save_if_possible,
    save_session,
    secure_session,
    stop_gracefully,
)
from multi_instance_manager.execute.wait_and_verify import settle_or_stop, settled_outcome
from multi_instance_manager.progress import Phase
from multi_instance_manager.sessions.last_save import gravest_ending, last_save_of
from multi_instance_manager.sessions.session_files import look_at_copy
from multi_instance_manager.sessions.sync_state import NOT_TAKEN, Custody

if TYPE_CHECKING:
    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.sessions.last_save import Ending


def stop(operation: Operation, tools: ExecutionContext) -> Outcome:
    """Stop every container of an instance and harvest it; that they are stopped already is fine."""
    was_up = any(container.is_up for container in operation.containers)
    ending = stop_all(operation, tools)
    outcome = _harvested(operation, tools, InstanceState.STOPPED, ending)
    tools.tell(operation, Phase.STOPPED)
    return outcome if was_up else replace(outcome, notes=("was stopped before", *outcome.notes))


def stop_all(operation: Operation, tools: ExecutionContext) -> Ending | None:
    """Stop the instance, and what was set aside of it should that still run."""
    endings = []
    for container in operation.containers:
        with suppress(NotFound):  # gone already: what it left is harvested all the same
            secure_session(tools, operation, container)
            endings.append(stop_gracefully(tools, operation, container))
    return gravest_ending(endings)


def sync(operation: Operation, tools: ExecutionContext) -> Outcome:
    """Harvest an instance, running or not, and leave it as it is."""
    current = operation.current
    is_lost = current is not None and not bring_in(tools, operation, current)
    if current is not None:
        recover_lost_copy(tools, operation, current)
    outcome = _harvested(operation, tools, InstanceState.SYNCED)
    tools.tell(operation, Phase.SYNCED)
    lost = replace(outcome, state=InstanceState.NOT_SAVED, problem=LOST, names_next_step=True)
    return lost if is_lost else outcome


def _harvested(
    operation: Operation,
    tools: ExecutionContext,
    state: InstanceState,
    ending: Ending | None = None,
) -> Outcome:
    """Harvest; a session that stays in its runtime copy alone, or may be lost, is a problem."""
    container_id = operation.current.container_id if operation.current else ""
    not_saved = Outcome(operation, InstanceState.NOT_SAVED, container_id)
    try:
        saved = save_session(tools, operation, ending)
    except StateError as problem:
        reason = f"{_did(state)}its refreshed session is in its runtime copy alone: {problem}"
        last_save = last_save_of(ending, None) if ending else None
        return replace(not_saved, problem=reason, last_save=last_save)
    not_saved = replace(not_saved, session=saved.fate, last_save=saved.last_save)
    if saved.fate in NOT_TAKEN:
        copy = tools.layout.copy(operation.container_name, operation.profile_name)
        fault = f"its runtime copy {copy} {NOT_TAKEN[saved.fate]}"
        reason = f"{_did(state)}{fault}, so the pool keeps what it has"
        return replace(not_saved, problem=reason)
    if saved.last_save and saved.last_save.may_have_lost:
        lost, *notes = saved.notes
        return replace(not_saved, problem=f"it {lost}", notes=tuple(notes))
    return replace(not_saved, state=state, notes=saved.notes)


def _did(state: InstanceState) -> str:
    return "was stopped, but " if state is InstanceState.STOPPED else ""


def restart(operation: Operation, tools: ExecutionContext) -> Outcome:
    """Stop an instance where it runs, harvest it, and start the same container again."""
    current, spec = operation.current, operation.spec
    if current is None or spec is None:
        raise TypeError(f"{operation.kind} needs a container and a spec")
    secure_session(tools, operation, current)
    saved = save_if_possible(tools, operation, stop_gracefully(tools, operation, current))
    with telling_last_save(lambda: saved.last_save):
        _refuse_lost_copy(operation, tools)
        tools.tell(operation, Phase.STARTING)
        with tools.engine_calls.turn():
            start_again(tools, operation, spec, current.container_id)
        settled = settle_or_stop(tools, operation, current.container_id)
    return settled_outcome(operation, settled, saved.notes, saved.last_save)


def _refuse_lost_copy(operation: Operation, tools: ExecutionContext) -> None:
    """An instance must not start on half a session, nor on none."""
    copy = tools.layout.copy(operation.container_name, operation.profile_name)
    look = look_at_copy(copy, tools.custodian.rank).side
    if look is not None and look.unread is Custody.CLOSED:
        raise InstanceFailed(
            f"its runtime copy {copy} cannot be read by this user, so it was not started",
            next_step=f"open it with `sudo chmod -R a+rwX {copy.parent}`, then run the command "
            "again",
        )
    if look is None or not (look.whole or look.unread is Custody.TOO_LARGE):
        raise InstanceFailed(
            f"its runtime copy {copy} is gone or damaged, so it was not started",
            next_step="`multi-instance up` gives it a new one",
        )


def await_ready(operation: Operation, tools: ExecutionContext) -> Outcome:
    """Wait until an instance that runs already answers; nothing is touched."""
    if operation.current is None:
        raise TypeError(f"{operation.kind} needs a container")
    container_id = operation.current.container_id
    settled = settle_or_stop(tools, operation, container_id, restarts_before=None)
    return settled_outcome(operation, settled, ("was running already",))
