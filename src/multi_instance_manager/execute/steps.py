"""How each kind of operation is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.execute.cleanup import forget
from multi_instance_manager.execute.down import down
from multi_instance_manager.execute.existing import await_ready, restart, stop, sync
from multi_instance_manager.execute.failure_logs import telling_last_save
from multi_instance_manager.execute.launch import create_and_start, start_again
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.execute.replace import Replacement
from multi_instance_manager.execute.stop_and_remove import (
    harvest,
    harvest_if_possible,
    remove_for_good,
    save_if_possible,
    stop_gracefully,
)
from multi_instance_manager.execute.wait_and_verify import settle_or_stop, settled_outcome
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.plan.causes import causes_text
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.progress import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.plan.spec import InstanceSpec


def carry_out(operation: Operation, tools: ExecutionContext) -> Outcome:
    """Carry out one operation; raises `ManagerError` where it fails."""
    return _STEPS[operation.kind](operation, tools)


def _create(operation: Operation, tools: ExecutionContext) -> Outcome:
    """A container that was removed by hand may have left a newer session: it is harvested first."""
    notes = harvest(tools, operation)
    container_id = create_and_start(tools, operation, _spec(operation))
    return settled_outcome(operation, settle_or_stop(tools, operation, container_id), notes)


def _keep(operation: Operation, tools: ExecutionContext) -> Outcome:
    """An unchanged instance is not touched; that it answers is looked at all the same."""
    notes = harvest_if_possible(tools, operation)
    tools.custodian.drop_stash(operation.container_name)
    container_id = _current(operation).container_id
    settled = settle_or_stop(tools, operation, container_id, restarts_before=None)
    return settled_outcome(operation, settled, notes)


def _start(operation: Operation, tools: ExecutionContext) -> Outcome:
    """Bring an unchanged container that does not run back to service."""
    current, spec = _current(operation), _spec(operation)
    is_paused = current.state is ContainerState.PAUSED
    ending = None if is_paused else stop_gracefully(tools, operation, current)
    saved = save_if_possible(tools, operation, ending)
    tools.tell(operation, Phase.STARTING)
    with tools.engine_calls.turn():
        if is_paused:
            tools.engine.unpause(current.container_id)
        else:
            start_again(tools, operation, spec, current.container_id)
    with telling_last_save(lambda: saved.last_save):
        settled = settle_or_stop(tools, operation, current.container_id)
    return settled_outcome(operation, settled, saved.notes, saved.last_save)


def _replace(operation: Operation, tools: ExecutionContext) -> Outcome:
    replacement = Replacement(tools, operation, _spec(operation), _old(operation))
    with telling_last_save(lambda: replacement.last_save):
        settled = replacement.run()
    return settled_outcome(operation, settled, replacement.notes, replacement.last_save)


def _finish(operation: Operation, tools: ExecutionContext) -> Outcome:
    replacement = Replacement(tools, operation, _spec(operation), _old(operation))
    settled = replacement.finish(_current(operation).container_id)
    return settled_outcome(operation, settled, replacement.notes, replacement.last_save)


def _restore(operation: Operation, tools: ExecutionContext) -> Outcome:
    """Bring back an instance that an interrupted replacement had set aside."""
    current, spec = _current(operation), _spec(operation)
    tools.tell(operation, Phase.ROLLING_BACK)
    tools.custodian.unstash(spec.container_name, spec.profile_name)
    tools.engine.rename(current.container_id, spec.container_name)
    if not current.is_up:
        with tools.engine_calls.turn():
            start_again(tools, operation, spec, current.container_id)
    return settled_outcome(operation, settle_or_stop(tools, operation, current.container_id))


def _remove(operation: Operation, tools: ExecutionContext) -> Outcome:
    current = _current(operation)
    saved = remove_for_good(tools, operation, current)
    forget(tools, operation)
    tools.tell(operation, Phase.REMOVED)
    return Outcome(
        operation,
        InstanceState.REMOVED,
        current.container_id,
        notes=saved.notes,
        last_save=saved.last_save,
    )


def _quarantined(operation: Operation, tools: ExecutionContext) -> Outcome:
    del tools
    reason = f"{causes_text(operation.causes)}; `up --retry` tries it again"
    container_id = _current(operation).container_id
    return Outcome(
        operation, InstanceState.QUARANTINED, container_id, problem=reason, names_next_step=True
    )


def _orphan(operation: Operation, tools: ExecutionContext) -> Outcome:
    del tools
    return Outcome(operation, InstanceState.ORPHAN, _current(operation).container_id)


_STEPS: dict[OperationKind, Callable[[Operation, ExecutionContext], Outcome]] = {
    OperationKind.KEEP: _keep,
    OperationKind.CREATE: _create,
    OperationKind.START: _start,
    OperationKind.REPLACE: _replace,
    OperationKind.FINISH: _finish,
    OperationKind.RESTORE: _restore,
    OperationKind.REMOVE: _remove,
    OperationKind.ORPHAN: _orphan,
    OperationKind.QUARANTINED: _quarantined,
    OperationKind.STOP: stop,
    OperationKind.RESTART: restart,
    OperationKind.AWAIT: await_ready,
    OperationKind.DOWN: down,
    OperationKind.SYNC: sync,
}


def _spec(operation: Operation) -> InstanceSpec:
    if operation.spec is None:
        raise TypeError(f"{operation.kind} needs a spec")
    return operation.spec


def _current(operation: Operation) -> ObservedContainer:
    if operation.current is None:
        raise TypeError(f"{operation.kind} needs a container")
    return operation.current


def _old(operation: Operation) -> ObservedContainer:
    if operation.old is None:
        raise TypeError(f"{operation.kind} needs the old container")
    return operation.old
