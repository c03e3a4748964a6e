"""Carries out the operations of a plan: independent ones at once, within bounds."""

from __future__ import annotations

import time
import traceback
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.errors import InstanceFailed, ManagerError, RollbackFailed
from multi_instance_manager.execute.failure_logs import keep_log
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.execute.replace import NotBegun, RolledBack
from multi_instance_manager.execute.steps import carry_out
from multi_instance_manager.execute.wait_and_verify import Quarantined
from multi_instance_manager.plan.causes import SHARED_CHANGES
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.probe.readiness import Interrupted
from multi_instance_manager.progress import Phase
from multi_instance_manager.settings.model import Canary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.plan.plan import Operation, Plan
    from multi_instance_manager.settings.model import Settings

_MANY = 3
_SIGNALS_WITHIN_S = 1.0
_MOST_ENDING = 256
_ENDING = frozenset({OperationKind.STOP, OperationKind.DOWN, OperationKind.REMOVE})


class Pace(msgspec.Struct, frozen=True):
    """How many operations are under way at once, and whether the first failure is the last.

    Without an ``at_once`` it follows from the settings. Those that only end an instance wait for
    its application, and all of them together: they are in nobody's way.
    """

    at_once: int | None = None
    ends_at_failure: bool = False


_AS_SETTINGS_SAY = Pace()


def execute(
    plan: Plan, tools: ExecutionContext, pace: Pace = _AS_SETTINGS_SAY
) -> tuple[Outcome, ...]:
    """Carry out every operation; gives an outcome for each, in the order of the plan.

    An operation begins when those that it comes after have ended. Where one goes first alone, the
    others that launch something begin only once it is ready. Once the person interrupts, nothing
    new begins, and what has begun is finished or undone; so it is after a failure, where the pace
    ends there.
    """
    outcomes: dict[str, Outcome] = {}
    first = first_to_go_alone(plan, tools.settings)
    if first is not None:
        outcomes[first.container_name] = _outcome_of(first, tools)
    held_back = first is not None and not outcomes[first.container_name].is_well
    if held_back and not tools.stop.is_set():
        outcomes |= _held_back(plan, outcomes)
    _carry_out_rest(
        [o for o in plan.operations if o.container_name not in outcomes], outcomes, tools, pace
    )
    return tuple(outcomes[operation.container_name] for operation in plan.operations)


def _carry_out_rest(
    waiting: list[Operation], outcomes: dict[str, Outcome], tools: ExecutionContext, pace: Pace
) -> None:
    running: dict[Future[Outcome], Operation] = {}
    room = _Room(_workers(tools.settings, pace))
    with ThreadPoolExecutor(max_workers=room.most, thread_name_prefix="instance") as pool:
        while waiting or running:
            able = _able_to_begin(waiting, outcomes, running)
            for operation in room.for_some(able, running.values()):
                waiting.remove(operation)
                running[pool.submit(_outcome_of, operation, tools)] = operation
            # With an end: a signal that another thread took must still reach this one.
            done, _ = wait(running, timeout=_SIGNALS_WITHIN_S, return_when=FIRST_COMPLETED)
            for future in done:
                outcomes[running.pop(future).container_name] = future.result()
            if pace.ends_at_failure and not tools.stop.is_set():
                _hold_back_after_failure(waiting, outcomes)


def _workers(settings: Settings, pace: Pace) -> int:
    timeouts = settings.timeouts
    return pace.at_once or (timeouts.starting if timeouts.wait else timeouts.parallel)


class _Room:
    """For ``workers`` operations that launch something, and for many that only end it."""

    def __init__(self, workers: int) -> None:
        self._workers = min(workers, _MOST_ENDING)

    @property
    def most(self) -> int:
        """How many are under way at most."""
        return self._workers + _MOST_ENDING

    def for_some(
        self, able: Sequence[Operation], running: Iterable[Operation]
    ) -> Iterator[Operation]:
        """Those that there is room for, in their order."""
        ending = [operation.kind in _ENDING for operation in running]
        free = {True: _MOST_ENDING - sum(ending), False: self._workers - ending.count(False)}
        for operation in able:
            is_ending = operation.kind in _ENDING
            if free[is_ending] > 0:
                free[is_ending] -= 1
                yield operation


def _hold_back_after_failure(waiting: list[Operation], outcomes: dict[str, Outcome]) -> None:
    """Where one has failed, those that wait are left as they are."""
    failed = [o.operation for o in outcomes.values() if not o.is_well]
    if not failed:
        return
    reason = f"{failed[0].profile_name} failed before its turn, so this one was left as it was"
    for operation in waiting:
        outcomes[operation.container_name] = Outcome(
            operation, InstanceState.HELD_BACK, problem=reason
        )
    waiting.clear()


def first_to_go_alone(plan: Plan, settings: Settings) -> Operation | None:
    """The instance that is tried before the others; None where all go at once.

    Unasked where the image or the environment file changed and more than a few would start on it:
    a broken one is met by one instance then, and not by all.
    """
    starting = [
        o for o in plan.operations if o.kind in {OperationKind.CREATE, OperationKind.REPLACE}
    ]
    changed = any(operation.has_cause(*SHARED_CHANGES) for operation in starting)
    wanted = {
        Canary.ALWAYS: True,
        Canary.AUTO: changed and len(starting) > _MANY,
        Canary.NEVER: False,
    }[settings.canary]
    if not wanted or not settings.timeouts.wait or len(starting) == 1:
        return None
    return next((o for o in starting if not o.after), None)


def _held_back(plan: Plan, outcomes: dict[str, Outcome]) -> dict[str, Outcome]:
    reason = "the instance that went first failed, so this one was left as it was"
    return {
        operation.container_name: Outcome(operation, InstanceState.HELD_BACK, problem=reason)
        for operation in plan.launches
        if operation.container_name not in outcomes
    }


def _able_to_begin(
    waiting: list[Operation], outcomes: dict[str, Outcome], running: Collection[Future[Outcome]]
) -> list[Operation]:
    """Those whose predecessors have ended; where they wait for each other in a ring, the first."""
    able = [operation for operation in waiting if all(name in outcomes for name in operation.after)]
    return able or ([] if running else waiting[:1])


def _outcome_of(operation: Operation, tools: ExecutionContext) -> Outcome:
    """Carry out one operation, and tell what was put right on the way."""
    if tools.stop.is_set() and operation.has_effect:
        return Outcome(operation, InstanceState.NOT_BEGUN, problem="interrupted before it began")
    outcome = _carried_out(operation, tools)
    remarks = tools.remarks.get(operation.container_name, ())
    return replace(outcome, notes=(*remarks, *outcome.notes)) if remarks else outcome


def _carried_out(operation: Operation, tools: ExecutionContext) -> Outcome:
    """A failure becomes an outcome, so that its peers go on."""
    try:
        return carry_out(operation, tools)
    except NotBegun as interruption:
        return Outcome(operation, InstanceState.NOT_BEGUN, problem=str(interruption))
    except ManagerError as failure:
        return _failed(operation, tools, failure)
    except Exception as defect:  # a thread's end: what its peers did must still be reported
        lines = traceback.format_exception(defect)
        tail = tuple(line for text in lines for line in text.splitlines())
        reason = f"the manager has a defect ({type(defect).__name__}); please report the kept log"
        return _failed(operation, tools, InstanceFailed(reason, tail))


def _failed(operation: Operation, tools: ExecutionContext, failure: ManagerError) -> Outcome:
    problem = tools.redact(str(failure))
    tools.tell(operation, Phase.FAILED, problem)
    log_tail: tuple[str, ...] = getattr(failure, "log_tail", ())
    return Outcome(
        operation,
        _state_after(failure),
        container_id=getattr(failure, "container_id", ""),
        proof=getattr(failure, "proof", None),
        problem=problem,
        names_next_step=bool(failure.next_step),
        verdict=getattr(failure, "verdict", None),
        log_tail=log_tail,
        log_file=keep_log(tools.layout, operation.container_name, log_tail, time.time()),
        last_save=failure.last_save,
    )


def _state_after(failure: ManagerError) -> InstanceState:
    if isinstance(failure, RollbackFailed):
        return InstanceState.ROLLBACK_FAILED
    if isinstance(failure, Quarantined):
        return InstanceState.QUARANTINED
    if isinstance(failure, RolledBack):
        return InstanceState.ROLLED_BACK
    return InstanceState.INTERRUPTED if isinstance(failure, Interrupted) else InstanceState.FAILED
