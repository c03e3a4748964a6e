"""What became of each operation, as data."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from multi_instance_manager.application.verdict import Verdict
    from multi_instance_manager.fleet.save_outcome import LastSave
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.proof.proof import Proof
    from multi_instance_manager.sessions.sync_state import SyncOutcome


class InstanceState(StrEnum):
    """How an instance stands at the end of a run.

    STARTED was not waited for; QUARANTINED kept crashing and was stopped; HELD_BACK was not begun
    because an earlier one failed. STOPPED, SYNCED, NOT_SAVED (its session could not be),
    NOT_LAUNCHED and LEFT_ALONE are of commands about instances that stand.
    """

    READY = "ready"
    STARTED = "started"
    FAILED = "failed"
    ROLLED_BACK = "rolled back"
    ROLLBACK_FAILED = "rollback failed"
    REMOVED = "removed"
    ORPHAN = "orphan"
    QUARANTINED = "quarantined"
    HELD_BACK = "held back"
    STOPPED = "stopped"
    SYNCED = "synced"
    NOT_SAVED = "not saved"
    NOT_LAUNCHED = "not launched"
    LEFT_ALONE = "left alone"
    NOT_BEGUN = "not begun"
    INTERRUPTED = "interrupted"


UNTOUCHED = frozenset({InstanceState.HELD_BACK, InstanceState.NOT_BEGUN, InstanceState.ORPHAN})
"""States of what the run has left as it was."""

_EXIT_CODES = {
    InstanceState.FAILED: ExitCode.INSTANCE_FAILED,
    InstanceState.ROLLED_BACK: ExitCode.INSTANCE_FAILED,
    InstanceState.QUARANTINED: ExitCode.INSTANCE_FAILED,
    InstanceState.HELD_BACK: ExitCode.INSTANCE_FAILED,
    InstanceState.NOT_SAVED: ExitCode.INSTANCE_FAILED,
    InstanceState.NOT_LAUNCHED: ExitCode.INSTANCE_FAILED,
    InstanceState.ROLLBACK_FAILED: ExitCode.ROLLBACK_FAILED,
    InstanceState.NOT_BEGUN: ExitCode.INTERRUPTED,
    InstanceState.INTERRUPTED: ExitCode.INTERRUPTED,
}

_SEVERITY = (ExitCode.ROLLBACK_FAILED, ExitCode.INTERRUPTED, ExitCode.INSTANCE_FAILED)


class Outcome(msgspec.Struct, frozen=True):
    """The end of one operation.

    ``proof`` is there where the instance was proven in this run; ``proven_at`` (seconds since the
    epoch) also where an earlier run did it and the container is still the same. ``problem`` is a
    sentence, with ``names_next_step`` if it ends with what to do; ``log_tail`` are the last lines
    of the instance that failed, kept in ``log_file``. ``session`` tells what became of its session
    where that was the point, ``last_save`` what it saved when it was stopped. ``verdict`` is the
    word for how the instance is doing, where that was looked at.
    """

    operation: Operation
    state: InstanceState
    container_id: str = ""
    proof: Proof | None = None
    proven_at: float | None = None
    problem: str | None = None
    log_tail: tuple[str, ...] = ()
    log_file: Path | None = None
    notes: tuple[str, ...] = ()
    session: SyncOutcome | None = None
    verdict: Verdict | None = None
    last_save: LastSave | None = None
    names_next_step: bool = False

    @property
    def has_changed(self) -> bool:
        """Whether the instance stands otherwise than before; one brought back stands as it did."""
        brought_back = self.state is InstanceState.ROLLED_BACK
        return self.operation.has_effect and self.state not in UNTOUCHED and not brought_back

    @property
    def is_well(self) -> bool:
        """Whether the instance stands as it was to stand."""
        return self.state not in _EXIT_CODES

    @property
    def exit_code(self) -> ExitCode:
        """What this outcome makes of the process's exit code."""
        lossy = self.last_save is not None and self.last_save.may_have_lost
        return _EXIT_CODES.get(self.state, ExitCode.INSTANCE_FAILED if lossy else ExitCode.OK)


def gravest_of(outcomes: Iterable[Outcome], *, interrupted: bool) -> ExitCode:
    """The gravest exit code that any outcome of a run, or its interruption, asks for."""
    codes = {outcome.exit_code for outcome in outcomes}
    if interrupted:
        codes.add(ExitCode.INTERRUPTED)
    return next((code for code in _SEVERITY if code in codes), ExitCode.OK)
