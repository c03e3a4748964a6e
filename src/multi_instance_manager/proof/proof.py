"""The parts of a proof: checks and their results. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class CheckResult(StrEnum):
    """The result of a check.

    NOT_SHOWN: there was nothing to check; that proves nothing and refutes nothing.
    """

    PASSED = "passed"
    FAILED = "failed"
    NOT_SHOWN = "not shown"


class Check(msgspec.Struct, frozen=True):
    """One check: its name, its result, and what was seen.

    A check that is not ``required`` is reported, and does not affect the proof.
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
        """Whether every required check passed; one without a result did not."""
        return self.result is CheckResult.PASSED

    @property
    def result(self) -> CheckResult:
        """Return the worst result of any required check."""
        if self.failures:
            return CheckResult.FAILED
        return CheckResult.NOT_SHOWN if self.not_shown else CheckResult.PASSED

    @property
    def failures(self) -> tuple[Check, ...]:
        """Return the required checks that failed."""
        return self._required_with(CheckResult.FAILED)

    @property
    def not_shown(self) -> tuple[Check, ...]:
        """Return the required checks without a result."""
        return self._required_with(CheckResult.NOT_SHOWN)

    def _required_with(self, result: CheckResult) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.required and check.result is result)
