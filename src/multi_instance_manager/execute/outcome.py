"""What became of each operation, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from multi_instance_manager.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.plan import Operation
    from multi_instance_manager.proof import Proof


class InstanceState(StrEnum):
    """How an instance stands at the end of a run.

    STARTED was not waited for; QUARANTINED kept crashing and was stopped; HELD_BACK was not begun
    because the first one failed.
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
    NOT_BEGUN = "not begun"
    INTERRUPTED = "interrupted"


_EXIT_CODES = {
    InstanceState.FAILED: ExitCode.INSTANCE_FAILED,
    InstanceState.ROLLED_BACK: ExitCode.INSTANCE_FAILED,
    InstanceState.QUARANTINED: ExitCode.INSTANCE_FAILED,
    InstanceState.HELD_BACK: ExitCode.INSTANCE_FAILED,
    InstanceState.ROLLBACK_FAILED: ExitCode.ROLLBACK_FAILED,
    InstanceState.NOT_BEGUN: ExitCode.INTERRUPTED,
    InstanceState.INTERRUPTED: ExitCode.INTERRUPTED,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one operation.

    ``proof`` is there where the instance was proven in this run; ``proven_at`` (seconds since the
    epoch) also where an earlier run did it and the container is still the same. ``problem`` is a
    sentence, ``log_tail`` the last lines of the instance that failed, kept in ``log_file``.
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

    @property
    def exit_code(self) -> ExitCode:
        """What this outcome makes of the process's exit code."""
        return _EXIT_CODES.get(self.state, ExitCode.OK)
