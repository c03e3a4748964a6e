"""A finding of a check, as a member of other reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multi_instance_manager.findings import Finding


class FoundProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One problem: its subject, the fact, and the next step."""

    severity: Annotated[str, Meta(description="error, warning or note.")]
    code: Annotated[str, Meta(description="The kind of problem, as a stable code.")]
    subject: Annotated[str, Meta(description="The subject of the problem.")]
    fact: Annotated[str, Meta(description="The problem itself.")]
    next_step: Annotated[str, Meta(description="What to do about it; may be empty.")]


def found_problems(findings: Iterable[Finding]) -> tuple[FoundProblem, ...]:
    """Convert the findings for a report."""
    return tuple(
        FoundProblem(
            severity=finding.severity.value,
            code=finding.code,
            subject=finding.subject,
            fact=finding.fact,
            next_step=finding.next_step,
        )
        for finding in findings
    )
