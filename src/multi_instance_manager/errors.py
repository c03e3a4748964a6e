"""The errors of the product, in one tree, and the exit code each ends in.

::

    ManagerError                      1   the root: subject, fact, next step
    ├── UsageProblems                 2   options, variables or files that cannot be used
    ├── Refused                       3   preflight found errors; nothing was touched
    ├── Busy                          3   another manager holds the lock; nothing was touched
    ├── Declined                      6   the question was not answered with yes
    ├── StateError                    1   the state folder could not be read or written
    ├── InstanceFailed                1   one instance did not become what was asked
    │   └── RollbackFailed            4   and its predecessor could not be brought back
    └── EngineError                   1   the engine answered with an error, or not at all
        ├── EngineUnreachable         3
        ├── EngineTimeout             1
        ├── NotFound                  1
        ├── CannotBeRead              1
        └── Conflict                  1

Only the command line prints them. No error ever carries a key or a profile's content.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from multi_instance_manager.text.sentence import problem_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from multi_instance_manager.findings import Finding
    from multi_instance_manager.fleet.save_outcome import LastSave


class ExitCode(IntEnum):
    """The exit codes of the process."""

    OK = 0
    INSTANCE_FAILED = 1
    USAGE = 2
    REFUSED = 3
    ROLLBACK_FAILED = 4
    CHANGES_PENDING = 5
    DECLINED = 6
    INTERRUPTED = 130


EXIT_CODE_MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "all well",
    ExitCode.INSTANCE_FAILED: "some instance failed; the report says which, and what was undone",
    ExitCode.USAGE: "an option, a variable or a file cannot be used; nothing touched",
    ExitCode.REFUSED: "refused: the checks found problems, no engine answers, there is no pool, or "
    "another manager is at work; nothing touched",
    ExitCode.ROLLBACK_FAILED: "a replacement failed and the old instance could not be brought back",
    ExitCode.CHANGES_PENDING: "`plan`: there are changes to make",
    ExitCode.DECLINED: "the question was not answered with yes; nothing touched",
    ExitCode.INTERRUPTED: "interrupted; what had begun was finished or undone",
}


class ManagerError(Exception):
    """A failure for the user: it names the subject, the fact and the next step.

    A ``subject`` without a fact is a sentence already. ``last_save`` is that of an instance which
    was stopped before it failed.
    """

    exit_code: ExitCode = ExitCode.INSTANCE_FAILED
    last_save: LastSave | None = None

    def __init__(self, subject: str, fact: str = "", next_step: str = "") -> None:
        super().__init__(problem_text(subject, fact, next_step))
        self.subject, self.fact, self.next_step = subject, fact, next_step


class UsageProblems(ManagerError):
    """All problems of the given options, variables and files, in one report."""

    exit_code = ExitCode.USAGE

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Refused(ManagerError):
    """The checks before a launch found errors; ``findings`` has all of them.

    ``launchable`` are the profiles that can be launched without the others.
    """

    exit_code = ExitCode.REFUSED

    def __init__(self, findings: Sequence[Finding], launchable: Sequence[str] = ()) -> None:
        super().__init__("\n".join(finding.sentence() for finding in findings))
        self.findings = tuple(findings)
        self.launchable = tuple(launchable)


class Busy(ManagerError):
    """Another manager works on the same pool."""

    exit_code = ExitCode.REFUSED


class Declined(ManagerError):
    """The question was not answered with yes."""

    exit_code = ExitCode.DECLINED


class StateError(ManagerError):
    """A file of the state folder could not be read or written.

    ``at`` is its path, or that of a folder on the way; None where no single one is at fault.
    """

    def __init__(
        self, subject: str, fact: str = "", next_step: str = "", *, at: Path | None = None
    ) -> None:
        super().__init__(subject, fact, next_step)
        self.at = at


class InstanceFailed(ManagerError):
    """One instance did not become ready, or its proof failed.

    ``log_tail`` holds its last log lines, oldest first.
    """

    def __init__(self, reason: str, log_tail: Sequence[str] = (), *, next_step: str = "") -> None:
        super().__init__(reason, next_step=next_step)
        self.reason = reason
        self.log_tail = tuple(log_tail)


class RollbackFailed(InstanceFailed):
    """A replacement failed, and the old instance could not be brought back."""

    exit_code = ExitCode.ROLLBACK_FAILED


class EngineError(ManagerError):
    """The engine refused a call. ``status`` is its HTTP status, or None without an answer."""

    def __init__(
        self, subject: str, fact: str = "", next_step: str = "", *, status: int | None = None
    ) -> None:
        super().__init__(subject, fact, next_step)
        self.status = status


class EngineUnreachable(EngineError):
    """No engine answers at the endpoint."""

    exit_code = ExitCode.REFUSED


class EngineTimeout(EngineError):
    """The engine did not answer a call in time; its effect is unknown."""


class NotFound(EngineError):
    """The engine does not know the container or image."""


class CannotBeRead(EngineError):
    """The engine does not keep the requested data, for example with a remote log driver."""


class Conflict(EngineError):
    """Something on the engine is in the way, such as a container of the same name."""
