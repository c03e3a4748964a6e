"""Brings the pool to what was asked: one proven instance for each profile."""

from __future__ import annotations

import os
import threading
import time
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.survey.home_guard import remember_home
from multi_instance_manager.commands.survey.known_secrets import lazy_redaction
from multi_instance_manager.commands.survey.prepare import Prepared, prepare
from multi_instance_manager.commands.survey.renames import (
    carry_over,
    pool_files,
    remember_files,
    renaming_custodian,
)
from multi_instance_manager.errors import Busy, Declined, ExitCode, Refused, StateError
from multi_instance_manager.execute.context import ExecutionContext
from multi_instance_manager.execute.executor import execute
from multi_instance_manager.execute.outage_slots import engine_calls, outages
from multi_instance_manager.execute.outcome import UNTOUCHED, InstanceState, Outcome, gravest_of
from multi_instance_manager.files.private_files import said, sweep
from multi_instance_manager.files.rights import hand_over_path
from multi_instance_manager.findings import errors_of
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.probe.host_survey import missing_mount_points
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.open_pools import remember_open_pool
from multi_instance_manager.settings.kept_key import keep_key
from multi_instance_manager.state import records
from multi_instance_manager.state.folder import prepare_top, sweep_below
from multi_instance_manager.state.journal import ALL_ENDED, Journal
from multi_instance_manager.state.lock import fleet_lock

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.application.definition import ContainerPaths
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.engine.protocol.engine import Engine
    from multi_instance_manager.plan.plan import Plan
    from multi_instance_manager.progress import Sink


_CAME_TO_NOTHING = frozenset({InstanceState.ROLLED_BACK, InstanceState.HELD_BACK})


class UpGates(msgspec.Struct, frozen=True):
    """How the operation reaches the person.

    ``show`` gets what was found, once, before anything is touched; ``confirm`` then answers whether
    to go on. ``watch`` is entered for the execution and gives the sink of its events; ``stop`` is
    set by whoever wants the run to end.
    """

    show: Callable[[Prepared], None]
    confirm: Callable[[Prepared], bool]
    watch: Callable[[Plan], AbstractContextManager[Sink]]
    stop: threading.Event


class UpResult(msgspec.Struct, frozen=True):
    """The truth about every instance at the end of a run."""

    prepared: Prepared
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def exit_code(self) -> ExitCode:
        """The gravest that any outcome asks for."""
        return gravest_of(self.outcomes, interrupted=self.interrupted)


def up(request: Request, gates: UpGates) -> UpResult:
    """Check, ask, launch, wait and prove.

    Raises `Refused`, `Declined` or `Busy` before anything is touched. A pool that has been
    launched before is locked first. A new one has no state folder yet, and none is made before
    the checks have passed and the person has said yes.
    """
    layout = request.layout
    timeout_s = request.settings.patience.lock_timeout_s
    if os.access(layout.lock, os.W_OK):
        with fleet_lock(layout, timeout_s=timeout_s):
            return _carry_out(_agreed(request, gates), request.engine(), gates)
    agreed = _agreed(request, gates)
    prepare_top(layout)
    with fleet_lock(layout, timeout_s=timeout_s):
        prepared = prepare(request)
        if prepared.plan.text() != agreed.plan.text():
            raise Busy(
                f"fleet {layout.fleet}: changed while the question was open; "
                "nothing was touched, run `up` again"
            )
        _refuse(prepared)
        return _carry_out(prepared, request.engine(), gates)


def _agreed(request: Request, gates: UpGates) -> Prepared:
    """What is to be done, checked, shown, and agreed to."""
    prepared = prepare(request)
    gates.show(prepared)
    _refuse(prepared)
    if prepared.plan.pending and not request.settings.auto_confirm and not gates.confirm(prepared):
        raise Declined("not confirmed; nothing was touched")
    return prepared


def _refuse(prepared: Prepared) -> None:
    if errors_of(prepared.findings):
        raise Refused(prepared.findings)


def _carry_out(prepared: Prepared, engine: Engine, gates: UpGates) -> UpResult:
    layout = prepared.layout
    sweep(prepared.settings.profile_dir)
    sweep_below(layout.top)
    custodian = renaming_custodian(layout, prepared.settings.application.login, prepared.renames)
    custodian.take_in(prepared.settings.profile_dir)
    carry_over(custodian, prepared.renames)
    remember_files(layout, prepared.pool, prepared.settings)
    keep_key(prepared.settings, layout)
    remember_home(prepared.settings, layout, engine)
    records.set_damaged_aside(layout)
    remember_open_pool(prepared.settings, layout, time.time())
    if records.read_ledger(layout) != prepared.slots:
        records.write_ledger(layout, prepared.slots)
    _make_mount_points(prepared.host.tree, prepared.settings.application.paths)
    with closing(Journal(layout)) as journal, gates.watch(prepared.plan) as emit:
        tools = _tools(prepared, engine, custodian, journal, emit, gates.stop)
        outcomes = execute(prepared.plan, tools)
        journal.note("", ALL_ENDED)
    notes = _keep_records(prepared, outcomes)
    return UpResult(prepared, outcomes, notes, interrupted=gates.stop.is_set())


def _keep_records(prepared: Prepared, outcomes: tuple[Outcome, ...]) -> tuple[str, ...]:
    """What the next run wants to know. What was done is reported even where this fails."""
    try:
        records.write_proofs(prepared.layout, _proven(prepared, outcomes))
        records.write_quarantine(prepared.layout, _quarantined(outcomes))
        records.write_undone(prepared.layout, _undone(outcomes))
    except StateError as problem:
        return (f"the next run will prove all instances again: {problem}",)
    return ()


def _proven(prepared: Prepared, outcomes: tuple[Outcome, ...]) -> dict[str, float]:
    """When each container that still stands was proven, in this run or an earlier one."""
    before = prepared.proven_at
    moments = {o.container_id: o.proven_at or before.get(o.container_id) for o in outcomes}
    untouched = (c for o in outcomes if o.state in UNTOUCHED for c in o.operation.containers)
    moments |= {c.container_id: before.get(c.container_id) for c in untouched}
    return {name: moment for name, moment in moments.items() if moment is not None}


def _undone(outcomes: tuple[Outcome, ...]) -> dict[str, records.Undone]:
    """The replacements that came to nothing, by the container that serves on as it did."""
    return {
        o.operation.old.container_id: records.Undone(o.operation.spec.hash, o.problem or "")
        for o in outcomes
        if o.state in _CAME_TO_NOTHING and o.operation.old and o.operation.spec
    }


def _quarantined(outcomes: tuple[Outcome, ...]) -> dict[str, str]:
    """Why each container was stopped, as the next run says it; earlier reasons are in the plan."""
    return {
        outcome.container_id: _reason_of(outcome)
        for outcome in outcomes
        if outcome.state is InstanceState.QUARANTINED
    }


def _reason_of(outcome: Outcome) -> str:
    if outcome.operation.kind is OperationKind.QUARANTINED:
        return ", ".join(outcome.operation.causes)
    return str(outcome.problem)


def _tools(  # what one run has beside what it was prepared for
    prepared: Prepared,
    engine: Engine,
    custodian: Custodian,
    journal: Journal,
    emit: Sink,
    stop: threading.Event,
) -> ExecutionContext:
    return ExecutionContext(
        engine=engine,
        custodian=custodian,
        layout=prepared.layout,
        settings=prepared.settings,
        host=prepared.host,
        journal=journal,
        emit=emit,
        pool_files=pool_files(prepared.pool, prepared.renames),
        proven_at=prepared.proven_at,
        engine_calls=engine_calls(prepared.settings.patience.parallel),
        outages=outages(prepared.settings.patience.parallel),
        stop=stop,
        redact=lazy_redaction(prepared, prepared.host),
        detached=prepared.detached,
    )


def _make_mount_points(tree: str | None, paths: ContainerPaths) -> None:
    """What the engine would otherwise create in the shared tree, with root as its owner."""
    if tree is None:
        return
    for name in missing_mount_points(tree, paths):
        with said(Path(tree) / name):
            os.mkdir(os.path.join(tree, name))  # noqa: PTH102, PTH118  # joined text stays text
            hand_over_path(Path(tree) / name)
    if paths.key_file is None:
        return
    key_file = Path(tree) / paths.key_file
    with said(key_file):
        if not os.path.lexists(key_file):
            key_file.touch(mode=0o644)
            hand_over_path(key_file)
