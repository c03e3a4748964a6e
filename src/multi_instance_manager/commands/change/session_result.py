"""What a changing command did, and the report that it answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from multi_instance_manager.commands.survey.reach import pool_findings
from multi_instance_manager.commands.survey.survey import Survey
from multi_instance_manager.execute.outcome import Outcome, gravest_of
from multi_instance_manager.reports.change import ChangeReport, change_report
from multi_instance_manager.reports.up import UpReport, result_report

if TYPE_CHECKING:
    from multi_instance_manager.errors import ExitCode

Answer = TypeVar("Answer", bound=ChangeReport)


class SessionResult(msgspec.Struct, frozen=True, kw_only=True):
    """The truth about every instance that a command was about; ``notes`` are about no single one.

    ``seen`` is the fleet as it was before; ``elapsed_s`` the duration of the work on instances.
    """

    seen: Survey
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()
    interrupted: bool = False
    elapsed_s: float = 0.0

    @property
    def exit_code(self) -> ExitCode:
        """The gravest that any outcome asks for."""
        return gravest_of(self.outcomes, interrupted=self.interrupted)


class UpResult(SessionResult, frozen=True, kw_only=True):
    """What became of each step of a launch."""

    def report(self) -> UpReport:
        """The report of `up`."""
        return result_report(self.seen, self.outcomes, self.exit_code, self.elapsed_s)


class ChangeResult(SessionResult, Generic[Answer], frozen=True, kw_only=True):
    """What became of the members that stop, start, restart, down or sync was about."""

    kind: type[Answer]

    def report(self) -> Answer:
        """The report of that command."""
        return self._report()

    def _report(self, **more: Any) -> Answer:
        """The report; ``more`` are the members that only its kind has."""
        return change_report(
            self.kind,
            self.seen.settings,
            self.outcomes,
            self.exit_code,
            elapsed_s=round(self.elapsed_s, 1),
            lacking=[finding.sentence() for finding in pool_findings(self.seen)],
            notes=self.notes,
            **more,
        )
