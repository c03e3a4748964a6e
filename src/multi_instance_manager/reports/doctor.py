"""The report of `doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager import __version__
from multi_instance_manager.checks.doctor import CheckVerdict
from multi_instance_manager.errors import ExitCode
from multi_instance_manager.reports.report import Report
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.checks.doctor import CheckOutcome


class DoctorCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One check."""

    name: Annotated[str, Meta(description="What was checked; several checks may share a name.")]
    verdict: Annotated[str, Meta(description="ok, warning, error or skipped.")]
    seen: Annotated[str, Meta(description="What was seen.")]
    next_step: Annotated[str, Meta(description="What to do about it; empty: all is well.")]


class DoctorReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/doctor/1"
):
    """The engine and this machine, check by check."""

    version: Annotated[str, Meta(description="The version of the manager.")]
    checks: Annotated[tuple[DoctorCheck, ...], Meta(description="The checks, first to fix first.")]
    errors: Annotated[int, Meta(description="Number of checks with an error.")]
    warnings: Annotated[int, Meta(description="Number of checks with a warning.")]


def doctor_report(checks: tuple[CheckOutcome, ...]) -> DoctorReport:
    """The report on these checks: one error makes the exit code."""
    errors = sum(1 for check in checks if check.verdict is CheckVerdict.ERROR)
    return DoctorReport(
        exit_code=int(ExitCode.INSTANCE_FAILED if errors else ExitCode.OK),
        version=__version__,
        checks=tuple(
            DoctorCheck(
                name=check.name,
                verdict=check.verdict.value,
                seen=printable(check.seen),
                next_step=printable(check.next_step),
            )
            for check in checks
        ),
        errors=errors,
        warnings=sum(1 for check in checks if check.verdict is CheckVerdict.WARNING),
    )
