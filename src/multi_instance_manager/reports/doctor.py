"""The report of `doctor`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.report import Report


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
