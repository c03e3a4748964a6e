"""One round over the instances of a fleet that stand: what stop, start, restart, down, sync share.

The fleet is locked and looked at, a command picks operations for the members it is about, and they
are carried out as those of a launch are. What the pool wants is looked at only to be told.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.survey.expectations import expectation_of
from multi_instance_manager.commands.survey.guards import looked_at
from multi_instance_manager.commands.survey.home_guard import remember_home
from multi_instance_manager.commands.survey.known_secrets import lazy_redaction
from multi_instance_manager.commands.survey.members import Member, chosen, members_of
from multi_instance_manager.commands.survey.reach import (
    refuse_shared_names,
    refuse_without_a_pool,
)
from multi_instance_manager.commands.survey.renames import (
    carry_over,
    pool_files,
    renaming_custodian,
)
from multi_instance_manager.commands.survey.request import Request
from multi_instance_manager.commands.survey.survey import Survey
from multi_instance_manager.errors import StateError
from multi_instance_manager.execute.context import ExecutionContext
from multi_instance_manager.execute.executor import Pace, execute
from multi_instance_manager.execute.outage_slots import engine_calls, outages
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.files.private_files import sweep
from multi_instance_manager.plan.plan import Operation, Plan
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.state import records
from multi_instance_manager.state.folder import prepare_top, sweep_below
from multi_instance_manager.state.journal import Journal, stopping_when_cut_short
from multi_instance_manager.state.lock import fleet_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from multi_instance_manager.engine.protocol.engine import Engine
    from multi_instance_manager.execute.context import ExecutionContext as ExecutionTools
    from multi_instance_manager.progress import Sink
    from multi_instance_manager.proof.expectation import Expectation

_TOLD = ("record", "state-folder", "second-writer")
_FORGET_REASON = frozenset({InstanceState.READY, InstanceState.STARTED, InstanceState.REMOVED})
_PROOF_STANDS = frozenset(
    {
        InstanceState.STOPPED,
        InstanceState.SYNCED,
        InstanceState.NOT_SAVED,
        InstanceState.HELD_BACK,
        InstanceState.NOT_BEGUN,
    }
)


class SessionWatch(msgspec.Struct, frozen=True):
    """How a round is watched: entered for its execution, and ``stop`` set by whoever ends it."""

    progress: Callable[[Plan], AbstractContextManager[Sink]]
    stop: threading.Event = msgspec.field(default_factory=threading.Event)


class SessionResult(msgspec.Struct, frozen=True):
    """The truth about every member that a round was about; ``notes`` are about no single one."""

    seen: Survey
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()
    interrupted: bool = False


@contextmanager
def begun(request: Request) -> Iterator[FleetSession]:
    """Hold the fleet and look at it; raises `Busy`, `Refused`, `UsageProblems`.

    A pool that has no state folder and no container gets none: there is nothing to hold.
    """
    layout = request.layout
    if not layout.top.is_dir():
        seen = _looked_at_first(request)
        if not _anything_stands(seen):
            yield FleetSession(request, seen, request.engine())
            return
        prepare_top(layout)
    with fleet_lock(layout, timeout_s=request.settings.patience.lock_timeout_s):
        yield FleetSession(request, _looked_at_first(request), request.engine())


def _looked_at_first(request: Request) -> Survey:
    """The survey before anything is done: two more things stand in its way."""
    seen = looked_at(request)
    refuse_shared_names(seen)
    refuse_without_a_pool(seen, members_of(seen))
    return seen


def _anything_stands(seen: Survey) -> bool:
    fleet = seen.fleet
    return bool(fleet.current or fleet.aside or fleet.strays)


class FleetSession:
    """A fleet that is held and was looked at."""

    def __init__(self, request: Request, seen: Survey, engine: Engine) -> None:
        self.request = request
        self.seen = seen
        self._engine = engine
        self.is_about_all = not request.patterns
        self.members: tuple[Member, ...] = members_of(seen)

    def chosen(self, extra: Sequence[Member] = ()) -> tuple[Member, ...]:
        """The members that the command is about; raises `UsageProblems`."""
        return chosen([*self.members, *extra], self.request.patterns)

    def go(
        self, picks: Iterable[Operation | Outcome | None], watch: SessionWatch, pace: Pace
    ) -> SessionResult:
        """Carry out the operations among the picks; the other picks are outcomes already."""
        picked = [pick for pick in picks if pick is not None]
        done = [pick for pick in picked if isinstance(pick, Outcome)]
        done += self.carry_out([p for p in picked if isinstance(p, Operation)], watch, pace)
        return self.result(done, watch)

    def carry_out(
        self, operations: Sequence[Operation], watch: SessionWatch, pace: Pace
    ) -> tuple[Outcome, ...]:
        """Carry out the operations, and keep what the next run wants to know."""
        if not operations:
            return ()
        layout, plan = self.seen.layout, Plan(tuple(operations))
        sweep(self.seen.settings.profile_dir)
        sweep_below(layout.top)
        custodian = self._custodian()
        custodian.take_in(self.seen.settings.profile_dir)
        carry_over(custodian, self.seen.renames)
        records.set_damaged_aside(layout)
        remember_home(self.seen.settings, layout, self._engine)
        ours = {operation.container_name for operation in operations}
        others = stopping_when_cut_short(layout) - ours
        with closing(Journal(layout, others)) as journal, watch.progress(plan) as emit:
            outcomes = execute(plan, self._tools(plan, journal, emit, watch.stop), pace)
            journal.end()
        return outcomes

    def _custodian(self) -> Custodian:
        seen = self.seen
        return renaming_custodian(seen.layout, seen.settings.application.login, seen.renames)

    def result(self, outcomes: Sequence[Outcome], watch: SessionWatch, *more: str) -> SessionResult:
        """The result, once the records tell of it."""
        notes = [f.sentence() for f in self.seen.findings if f.code in _TOLD]
        notes += [*self._keep_records(outcomes), *more]
        places = {m.container_name: number for number, m in enumerate(self.members)}
        ordered = sorted(
            outcomes, key=lambda o: places.get(o.operation.container_name, len(places))
        )
        return SessionResult(self.seen, tuple(ordered), tuple(notes), watch.stop.is_set())

    def _tools(
        self, plan: Plan, journal: Journal, emit: Sink, stop: threading.Event
    ) -> ExecutionTools:
        seen = self.seen
        return ExecutionContext(
            engine=self._engine,
            custodian=self._custodian(),
            layout=seen.layout,
            settings=seen.settings,
            host=seen.facts.host,
            journal=journal,
            emit=emit,
            pool_files=pool_files(seen.pool, seen.renames),
            proven_at=seen.proven_at,
            engine_calls=engine_calls(seen.settings.patience.parallel),
            outages=outages(seen.settings.patience.parallel),
            stop=stop,
            expectations=self._expectations(plan),
            redact=lazy_redaction(seen, seen.facts.host),
            detached=seen.sides.detached,
        )

    def _expectations(self, plan: Plan) -> dict[str, Expectation]:
        return {
            operation.container_name: expectation_of(
                self.seen, operation.container_name, operation.current
            )
            for operation in plan.operations
            if operation.spec and operation.current
        }

    def _keep_records(self, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
        """Proofs and quarantine, of the containers of this round alone."""
        layout = self.seen.layout
        if not any(outcome.operation.containers for outcome in outcomes):
            return ()
        try:
            proven, reasons = records.read_proofs(layout), records.read_quarantine(layout)
            new_proven, new_reasons = _proven(proven, outcomes), _reasons(reasons, outcomes)
            if new_proven != proven:
                records.write_proofs(layout, new_proven)
            if new_reasons != reasons:
                records.write_quarantine(layout, new_reasons)
        except StateError as problem:
            return (f"the next `up` will prove these instances again: {problem}",)
        return ()


def _proven(before: Mapping[str, float], outcomes: Sequence[Outcome]) -> dict[str, float]:
    """When each container was proven: one that failed since counts as not proven."""
    found = dict(before)
    for outcome in outcomes:
        for container in outcome.operation.containers:
            if outcome.state not in _PROOF_STANDS and outcome.operation.has_effect:
                found.pop(container.container_id, None)
        if outcome.proven_at is not None:
            found[outcome.container_id] = outcome.proven_at
    return found


def _reasons(before: Mapping[str, str], outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Why containers were stopped that kept crashing."""
    found = dict(before)
    for outcome in outcomes:
        if outcome.state in _FORGET_REASON:
            for container in outcome.operation.containers:
                found.pop(container.container_id, None)
        elif outcome.state is InstanceState.QUARANTINED and outcome.problem:
            found.setdefault(outcome.container_id, outcome.problem)
    return found
