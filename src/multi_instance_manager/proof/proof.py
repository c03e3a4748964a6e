"""What a proof is made of: checks, and what each of them showed. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class CheckResult(StrEnum):
    """What a check showed.

    NOT_SHOWN: what was to be looked at is not there; that proves nothing, and refutes nothing.
    """

    PASSED = "passed"
    FAILED = "failed"
    NOT_SHOWN = "not shown"


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at: its name, what that showed, and what was seen.

    One that is not ``required`` is told, and makes nothing of the proof.
    """

    name: str
    result: CheckResult
    seen: str
    required: bool = True


class Proof(msgspec.Struct, frozen=True):
    """The checks of one instance. ``proven_at`` is in seconds since the epoch."""

    checks: tuple[Check, ...]
    proven_at: float

    @property
    def passed(self) -> bool:
        """Whether every required check passed; one that showed nothing did not."""
        return self.result is CheckResult.PASSED

    @property
    def result(self) -> CheckResult:
        """The gravest result of any required check."""
        if self.failures:
            return CheckResult.FAILED
        return CheckResult.NOT_SHOWN if self.not_shown else CheckResult.PASSED

    @property
    def failures(self) -> tuple[Check, ...]:
        """The required checks that failed."""
        return self._required_with(CheckResult.FAILED)

    @property
    def not_shown(self) -> tuple[Check, ...]:
        """The required checks that showed nothing."""
        return self._required_with(CheckResult.NOT_SHOWN)

    def _required_with(self, result: CheckResult) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.required and check.result is result)
