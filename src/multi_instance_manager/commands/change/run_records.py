"""Keeps what the next run wants to know: which containers are proven, and which were given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from multi_instance_manager.errors import StateError
from multi_instance_manager.execute.outcome import UNTOUCHED, InstanceState
from multi_instance_manager.plan.causes import causes_text
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.state import records

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from multi_instance_manager.execute.outcome import Outcome
    from multi_instance_manager.state.layout import StateLayout

Value = TypeVar("Value")
_CAME_TO_NOTHING = frozenset({InstanceState.ROLLED_BACK, InstanceState.HELD_BACK})
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


def keep_of_the_fleet(
    layout: StateLayout, outcomes: Sequence[Outcome], proven_at: Mapping[str, float]
) -> tuple[str, ...]:
    """Keep the records of a launch, which is about all: what it did not meet is forgotten.

    ``proven_at`` are the proofs from before. Gives notes: what was done is reported even where
    this fails.
    """
    try:
        records.write_proofs(layout, _proofs_of_all(proven_at, outcomes))
        records.write_quarantine(layout, _quarantined(outcomes))
        records.write_undone(layout, _undone(outcomes))
    except StateError as problem:
        return (f"the next run will prove all instances again: {problem}",)
    return ()


def keep_of_the_named(
    layout: StateLayout, outcomes: Sequence[Outcome], proven_at: Mapping[str, float]
) -> tuple[str, ...]:
    """Keep the records of a launch of some profiles; those of other containers stay.

    Gives notes, as above.
    """
    ours = {c.container_id for outcome in outcomes for c in outcome.operation.containers}
    ours |= {outcome.container_id for outcome in outcomes}
    try:
        proofs, reasons = records.read_proofs(layout), records.read_quarantine(layout)
        undone = records.read_undone(layout)
        records.write_proofs(layout, _without(ours, proofs) | _proofs_of_all(proven_at, outcomes))
        records.write_quarantine(layout, _without(ours, reasons) | _quarantined(outcomes))
        records.write_undone(layout, _without(ours, undone) | _undone(outcomes))
    except StateError as problem:
        return (f"the next run will prove these instances again: {problem}",)
    return ()


def _without(container_ids: Container[str], record: Mapping[str, Value]) -> dict[str, Value]:
    return {key: value for key, value in record.items() if key not in container_ids}


def keep_of_some(layout: StateLayout, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Keep the records of the containers that these outcomes are about; those of others stay.

    Gives notes, as above.
    """
    if not any(outcome.operation.containers for outcome in outcomes):
        return ()
    try:
        proven, reasons = records.read_proofs(layout), records.read_quarantine(layout)
        new_proven, new_reasons = _proofs(proven, outcomes), _reasons(reasons, outcomes)
        if new_proven != proven:
            records.write_proofs(layout, new_proven)
        if new_reasons != reasons:
            records.write_quarantine(layout, new_reasons)
    except StateError as problem:
        return (f"the next `up` will prove these instances again: {problem}",)
    return ()


def _proofs_of_all(before: Mapping[str, float], outcomes: Sequence[Outcome]) -> dict[str, float]:
    """When each container that still stands was proven, in this run or an earlier one."""
    moments = {o.container_id: o.proven_at or before.get(o.container_id) for o in outcomes}
    untouched = (c for o in outcomes if o.state in UNTOUCHED for c in o.operation.containers)
    moments |= {c.container_id: before.get(c.container_id) for c in untouched}
    return {name: moment for name, moment in moments.items() if moment is not None}


def _undone(outcomes: Sequence[Outcome]) -> dict[str, records.Undone]:
    """The replacements that came to nothing, by the container that serves on as it did."""
    return {
        o.operation.old.container_id: records.Undone(o.operation.spec.hash, o.problem or "")
        for o in outcomes
        if o.state in _CAME_TO_NOTHING and o.operation.old and o.operation.spec
    }


def _quarantined(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Why each container was stopped, as the next run says it; earlier reasons are in the plan."""
    return {
        outcome.container_id: _reason_of(outcome)
        for outcome in outcomes
        if outcome.state is InstanceState.QUARANTINED
    }


def _reason_of(outcome: Outcome) -> str:
    if outcome.operation.kind is OperationKind.QUARANTINED:
        return causes_text(outcome.operation.causes)
    return str(outcome.problem)


def _proofs(before: Mapping[str, float], outcomes: Sequence[Outcome]) -> dict[str, float]:
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
