"""Steps on instances that are taken as they stand: stop, start again, wait for, harvest.

Nothing is created and nothing replaced: whether an instance is still what is wanted is the matter
of a launch.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.custody_state import Fate
from multi_instance_manager.errors import EngineError, InstanceFailed, NotFound, StateError
from multi_instance_manager.events import Phase
from multi_instance_manager.execute.launch import start_again
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.execute.settled import settle_or_stop, settled_outcome
from multi_instance_manager.execute.take_down import (
    harvest_if_possible,
    recover_lost_copy,
    save_session,
    secure_session,
    stop_gracefully,
)
from multi_instance_manager.session_files import read_whole

if TYPE_CHECKING:
    from multi_instance_manager.execute.tools import Tools
    from multi_instance_manager.observed import ObservedContainer
    from multi_instance_manager.plan import Operation

_UNSAVED = frozenset({Fate.TORN})


def stop(operation: Operation, tools: Tools) -> Outcome:
    """Stop every container of an instance and harvest it; that they are stopped already is fine."""
    was_up = any(container.is_up for container in operation.containers)
    stop_all(operation, tools)
    outcome = _harvested(operation, tools, InstanceState.STOPPED)
    tools.tell(operation, Phase.STOPPED)
    return outcome if was_up else replace(outcome, notes=("was stopped before", *outcome.notes))


def stop_all(operation: Operation, tools: Tools) -> None:
    """Stop the instance, and what was set aside of it should that still run."""
    for container in operation.containers:
        with suppress(NotFound):  # gone already: what it left is harvested all the same
            secure_session(tools, operation, container)
            _stop_surely(operation, tools, container)


def _stop_surely(operation: Operation, tools: Tools, container: ObservedContainer) -> None:
    """An engine whose answer was lost may have stopped it all the same: that is looked at."""
    try:
        stop_gracefully(tools, operation, container)
    except NotFound:
        raise
    except EngineError:
        if _is_up(tools, container.container_id):
            raise


def _is_up(tools: Tools, container_id: str) -> bool:
    """Whether it runs, as the engine lists it now; where that is not to be had, it may."""
    try:
        standing = {c.container_id: c for c in tools.engine.list_containers()}
    except EngineError:
        return True
    return container_id in standing and standing[container_id].is_up


def sync(operation: Operation, tools: Tools) -> Outcome:
    """Harvest an instance, running or not, and leave it as it is."""
    current = operation.current
    if current is not None:
        recover_lost_copy(tools, operation, current)
    outcome = _harvested(operation, tools, InstanceState.SYNCED)
    tools.tell(operation, Phase.SYNCED)
    return outcome


def _harvested(operation: Operation, tools: Tools, state: InstanceState) -> Outcome:
    """Harvest; a session that stays in its runtime copy alone is told as a problem."""
    container_id = operation.current.container_id if operation.current else ""
    try:
        saved = save_session(tools, operation)
    except StateError as problem:
        reason = f"{_did(state)}its refreshed session is in its runtime copy alone: {problem}"
        return Outcome(operation, InstanceState.NOT_SAVED, container_id, problem=reason)
    if saved.fate in _UNSAVED:
        copy = tools.layout.copy(operation.container_name, operation.profile_name)
        reason = f"{_did(state)}its runtime copy {copy} is torn, so the pool keeps what it has"
        return Outcome(
            operation, InstanceState.NOT_SAVED, container_id, problem=reason, session=saved.fate
        )
    return Outcome(operation, state, container_id, notes=saved.notes, session=saved.fate)


def _did(state: InstanceState) -> str:
    return "was stopped, but " if state is InstanceState.STOPPED else ""


def restart(operation: Operation, tools: Tools) -> Outcome:
    """Stop an instance where it runs, harvest it, and start the same container again."""
    current, spec = operation.current, operation.spec
    if current is None or spec is None:
        raise TypeError(f"{operation.kind} needs a container and a spec")
    secure_session(tools, operation, current)
    _stop_surely(operation, tools, current)
    notes = harvest_if_possible(tools, operation)
    _refuse_lost_copy(operation, tools)
    tools.tell(operation, Phase.STARTING)
    with tools.engine_calls:
        start_again(tools, spec, current.container_id)
    return settled_outcome(operation, settle_or_stop(tools, operation, current.container_id), notes)


def _refuse_lost_copy(operation: Operation, tools: Tools) -> None:
    """An instance must not start on half a session, nor on none."""
    copy = tools.layout.copy(operation.container_name, operation.profile_name)
    try:
        whole = read_whole(copy)
    except OSError:
        whole = None
    if whole is None:
        raise InstanceFailed(
            f"its runtime copy {copy} is gone or damaged, so it was not started; "
            "`multi-instance up` gives it a new one"
        )


def await_ready(operation: Operation, tools: Tools) -> Outcome:
    """Wait until an instance that runs already answers; nothing is touched."""
    if operation.current is None:
        raise TypeError(f"{operation.kind} needs a container")
    container_id = operation.current.container_id
    settled = settle_or_stop(tools, operation, container_id, restarts_before=None)
    return settled_outcome(operation, settled, ("was running already",))
