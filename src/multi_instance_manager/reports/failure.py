"""The report of a command that could not do its work."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from multi_instance_manager.reports.report import Report


class FailureReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/failure/1"
):
    """The problems of a command that ended before it had a result."""

    result: Annotated[
        str, Meta(description="usage, refused, declined, failed or interrupted, by the exit code.")
    ]
    message: Annotated[str, Meta(description="All problems, one on each line.")]
