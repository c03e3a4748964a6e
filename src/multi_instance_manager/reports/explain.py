"""The report of `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.checks.explain import evidence_of, explain
from multi_instance_manager.errors import ExitCode
from multi_instance_manager.reports.report import Report
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.checks.explain import InstanceFacts


class ExplainedFact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that supports the verdict."""

    name: Annotated[str, Meta(description="Its subject; several facts may share a name.")]
    seen: Annotated[str, Meta(description="The fact.")]


class ExplainReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/explain/1"
):
    """Why one instance is in its state."""

    profile: Annotated[str, Meta(description="The profile's name.")]
    container: Annotated[str, Meta(description="The name of its container.")]
    verdict: Annotated[str, Meta(description="The reason in one sentence.")]
    reason: Annotated[str, Meta(description="The reason as a code, such as out-of-memory; well.")]
    condition: Annotated[
        Verdict | None,
        Meta(description="Its verdict, as in `status`; null: no engine answers."),
    ]
    is_well: Annotated[bool, Meta(description="Ready and up to date, or not running on purpose.")]
    next_steps: Annotated[tuple[str, ...], Meta(description="Commands, or words if none helps.")]
    evidence: Annotated[tuple[ExplainedFact, ...], Meta(description="The most important first.")]
    log_tail: Annotated[
        tuple[str, ...], Meta(description="The last lines of its log, without secrets.")
    ]
    bundle: Annotated[str | None, Meta(description="The archive written for a bug report.")] = None


def explain_report(facts: InstanceFacts) -> ExplainReport:
    """The verdict on these facts, with its evidence."""
    verdict = explain(facts)
    return ExplainReport(
        exit_code=int(ExitCode.OK if verdict.is_well else ExitCode.INSTANCE_FAILED),
        profile=facts.profile_name,
        container=facts.container_name,
        verdict=printable(verdict.sentence),
        reason=verdict.code,
        condition=facts.diagnosis.verdict if facts.diagnosis else None,
        is_well=verdict.is_well,
        next_steps=tuple(printable(step) for step in verdict.steps),
        evidence=tuple(
            ExplainedFact(name=name, seen=printable(text)) for name, text in evidence_of(facts)
        ),
        log_tail=facts.log_tail,
    )
