"""A fleet that is held and was looked at: what all commands share that change instances.

The fleet is locked and looked at, the command decides on operations, and they are carried out.
There is no other way to an execution.
"""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import msgspec

from multi_instance_manager.commands.change.run_records import (
    keep_of_some,
    keep_of_the_fleet,
    keep_of_the_named,
)
from multi_instance_manager.commands.change.session_result import ChangeResult, UpResult
from multi_instance_manager.commands.survey.expectations import expectation_of
from multi_instance_manager.commands.survey.guards import looked_at
from multi_instance_manager.commands.survey.home_guard import remember_home
from multi_instance_manager.commands.survey.known_secrets import lazy_redaction
from multi_instance_manager.commands.survey.members import Member, chosen, members_of
from multi_instance_manager.commands.survey.reach import refuse_shared_names, refuse_without_a_pool
from multi_instance_manager.commands.survey.renames import (
    carry_over,
    pool_files,
    renaming_custodian,
)
from multi_instance_manager.execute.context import ExecutionContext
from multi_instance_manager.execute.executor import Pace, execute
from multi_instance_manager.execute.outage_slots import engine_calls, outages
from multi_instance_manager.execute.outcome import Outcome
from multi_instance_manager.files.left_files import sweep
from multi_instance_manager.plan.plan import Operation, Plan
from multi_instance_manager.reports.change import ChangeReport
from multi_instance_manager.state import records
from multi_instance_manager.state.folder import prepare_top, sweep_below
from multi_instance_manager.state.journal import Journal, stopping_when_cut_short
from multi_instance_manager.state.lock import fleet_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.progress import Sink
    from multi_instance_manager.proof.expectation import Expectation
    from multi_instance_manager.sessions.custodian import Custodian

Answer = TypeVar("Answer", bound=ChangeReport)
_TOLD = ("record", "state-folder", "second-writer")


class SessionWatch(msgspec.Struct, frozen=True):
    """How an execution is watched: entered for it, and ``stop`` set by whoever ends it."""

    progress: Callable[[Plan], AbstractContextManager[Sink]]
    stop: threading.Event = msgspec.field(default_factory=threading.Event)


def held(request: Request) -> AbstractContextManager[None]:
    """Hold the fleet; raises `Busy` where another manager does."""
    return fleet_lock(request.layout, timeout_s=request.settings.timeouts.lock_timeout_s)


@contextmanager
def begun(request: Request) -> Iterator[FleetSession]:
    """Hold the fleet and look at it; raises `Busy`, `Refused`, `UsageProblems`.

    A pool that has no state folder and no container gets none: there is nothing to hold.
    """
    if not request.layout.top.is_dir():
        seen = _looked_at_first(request)
        if not _anything_stands(seen):
            yield FleetSession(request, seen)
            return
        prepare_top(request.layout)
    with held(request):
        yield FleetSession(request, _looked_at_first(request))


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

    def __init__(self, request: Request, seen: Survey) -> None:
        self.request = request
        self.seen = seen
        self.is_about_all = not request.patterns

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The profiles, and the containers whose profile is gone."""
        return members_of(self.seen)

    def chosen(self, extra: Sequence[Member] = ()) -> tuple[Member, ...]:
        """The members that the command is about; raises `UsageProblems`."""
        return chosen([*self.members, *extra], self.request.patterns)

    def launch(
        self,
        watch: SessionWatch,
        remember: Callable[[Survey], None],
        pace: Pace | None = None,
    ) -> UpResult:
        """Carry out the whole plan; ``remember`` is called before the first step."""
        seen, began = self.seen, time.monotonic()
        self._tidy_up()
        remember(seen)
        still_stopping = () if self.is_about_all else self._others_stopping(seen.plan)
        keep = keep_of_the_fleet if self.is_about_all else keep_of_the_named
        outcomes = self._execute(seen.plan, watch, pace or Pace(), still_stopping=still_stopping)
        notes = keep(seen.layout, outcomes, seen.proven_at)
        return UpResult(
            seen=seen,
            outcomes=outcomes,
            notes=notes,
            interrupted=watch.stop.is_set(),
            elapsed_s=time.monotonic() - began,
        )

    def go(
        self,
        kind: type[Answer],
        picks: Iterable[Operation | Outcome | None],
        watch: SessionWatch,
        pace: Pace,
    ) -> ChangeResult[Answer]:
        """Carry out the operations among the picks; the other picks are outcomes already."""
        began = time.monotonic()
        picked = [pick for pick in picks if pick is not None]
        done = [pick for pick in picked if isinstance(pick, Outcome)]
        done += self._carry_out([p for p in picked if isinstance(p, Operation)], watch, pace)
        notes = [f.sentence() for f in self.seen.findings if f.code in _TOLD]
        notes += keep_of_some(self.seen.layout, done)
        return ChangeResult(
            kind=kind,
            seen=self.seen,
            outcomes=tuple(self._in_order(done)),
            notes=tuple(notes),
            interrupted=watch.stop.is_set(),
            elapsed_s=time.monotonic() - began,
        )

    def _in_order(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        places = {m.container_name: number for number, m in enumerate(self.members)}
        return sorted(outcomes, key=lambda o: places.get(o.operation.container_name, len(places)))

    def _carry_out(
        self, operations: Sequence[Operation], watch: SessionWatch, pace: Pace
    ) -> tuple[Outcome, ...]:
        """Carry out operations on instances as they stand; others are not looked after."""
        if not operations:
            return ()
        plan = Plan(tuple(operations))
        self._tidy_up()
        others = self._others_stopping(plan)
        return self._execute(plan, watch, pace, self._expectations(plan), others)

    def _others_stopping(self, plan: Plan) -> frozenset[str]:
        """The containers whose stop was cut short, and that this plan does not handle."""
        ours = {operation.container_name for operation in plan.operations}
        return stopping_when_cut_short(self.seen.layout) - ours

    def _tidy_up(self) -> None:
        """Finish what an earlier run has left, and keep where the fleet is at home."""
        settings, layout = self.seen.settings, self.seen.layout
        sweep(settings.profile_dir)
        sweep_below(layout.top)
        self._custodian.take_in(settings.profile_dir)
        carry_over(self._custodian, self.seen.renames)
        records.set_damaged_aside(layout)
        remember_home(settings, layout, self.request.engine())

    def _execute(
        self,
        plan: Plan,
        watch: SessionWatch,
        pace: Pace,
        expectations: Mapping[str, Expectation] | None = None,
        still_stopping: Iterable[str] = (),
    ) -> tuple[Outcome, ...]:
        """Walk the plan. ``still_stopping`` are containers that a later run must look after."""
        journal = Journal(self.seen.layout, still_stopping)
        with closing(journal), watch.progress(plan) as emit:
            context = self._context(journal, emit, watch.stop, expectations or {})
            outcomes = execute(plan, context, pace)
            journal.end()
        return outcomes

    @cached_property
    def _custodian(self) -> Custodian:
        seen = self.seen
        return renaming_custodian(seen.layout, seen.settings.application.login, seen.renames)

    def _context(
        self,
        journal: Journal,
        emit: Sink,
        stop: threading.Event,
        expectations: Mapping[str, Expectation],
    ) -> ExecutionContext:
        seen = self.seen
        return ExecutionContext(
            engine=self.request.engine(),
            custodian=self._custodian,
            layout=seen.layout,
            settings=seen.settings,
            host=seen.facts.host,
            journal=journal,
            emit=emit,
            pool_files=pool_files(seen.pool, seen.renames),
            proven_at=seen.proven_at,
            engine_calls=engine_calls(seen.settings.timeouts.parallel),
            outages=outages(seen.settings.timeouts.parallel),
            stop=stop,
            expectations=expectations,
            redact=lazy_redaction(seen, seen.facts.host),
            detached=seen.sides.detached,
        )

    def _expectations(self, plan: Plan) -> dict[str, Expectation]:
        """What instances are proven against that are taken as they stand."""
        return {
            operation.container_name: expectation_of(
                self.seen, operation.container_name, operation.current
            )
            for operation in plan.operations
            if operation.spec and operation.current
        }
