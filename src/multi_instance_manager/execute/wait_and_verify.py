"""How a start ends: an instance that serves, or one that crashed too often and was stopped."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.errors import EngineError, InstanceFailed
from multi_instance_manager.execute.launch import settle
from multi_instance_manager.execute.outcome import Outcome
from multi_instance_manager.execute.stop_and_remove import stop_short
from multi_instance_manager.probe.readiness import CrashLoop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.execute.launch import VerifiedLaunch
    from multi_instance_manager.fleet.save_outcome import LastSave
    from multi_instance_manager.plan.plan import Operation


class Quarantined(InstanceFailed):
    """An instance kept crashing and was stopped; ``container_id`` is that of its container."""

    def __init__(self, reason: str, log_tail: Sequence[str], container_id: str) -> None:
        super().__init__(reason, log_tail)
        self.container_id = container_id
        self.verdict = Verdict.QUARANTINED


def settle_or_stop(
    tools: ExecutionContext,
    operation: Operation,
    container_id: str,
    restarts_before: int | None = 0,
) -> VerifiedLaunch:
    """An instance that keeps crashing is stopped, so that it does not take the machine with it.

    One that is merely slow, or whose proof failed, is left for the person to look at.
    """
    if operation.spec is None:
        raise TypeError(f"{operation.kind} needs a spec")
    try:
        return settle(
            tools, operation, operation.spec, container_id, restarts_before=restarts_before
        )
    except CrashLoop as crash:
        with suppress(EngineError):
            stop_short(tools, operation, container_id)
        raise Quarantined(crash.reason, crash.log_tail, container_id) from crash


def settled_outcome(
    operation: Operation,
    settled: VerifiedLaunch,
    notes: tuple[str, ...] = (),
    last_save: LastSave | None = None,
) -> Outcome:
    """The outcome of an operation that ended with an instance that serves."""
    return Outcome(
        operation,
        settled.state,
        settled.container_id,
        proof=settled.proof,
        proven_at=settled.proven_at,
        notes=(*notes, *_what_was_not_shown(settled)),
        verdict=settled.verdict,
        last_save=last_save,
    )


def _what_was_not_shown(settled: VerifiedLaunch) -> tuple[str, ...]:
    """It serves, and does not count as proven: why must be said."""
    if settled.proof is None or settled.proof.passed:
        return ()
    seen = "; ".join(f"{check.name}: {check.seen}" for check in settled.proof.not_shown)
    return (f"serves, but not everything is proven: {seen}",)
