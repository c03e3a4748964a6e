"""The reports of `up` and `plan`."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Protocol

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.plan.causes import cause_text
from multi_instance_manager.reports.finding import FoundProblem, found_problems
from multi_instance_manager.reports.last_save import (
    LastSaveWord,
    UnsavedReason,
    last_save_word,
    lost_saves,
    unsaved_reason,
)
from multi_instance_manager.reports.moments import exact_moment
from multi_instance_manager.reports.next_step import NextStep, next_step
from multi_instance_manager.reports.proof import ProofReport, proof_report
from multi_instance_manager.reports.report import Report, result_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.errors import ExitCode
    from multi_instance_manager.execute.outcome import Outcome
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.plan.plan import Operation, Plan
    from multi_instance_manager.settings.model import Settings


class Planned(Protocol):
    """What was looked at: the plan, and what the checks found."""

    @property
    def settings(self) -> Settings:
        """What the run was asked for."""

    @property
    def plan(self) -> Plan:
        """What is to be done."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What the checks found."""


class PlannedOperation(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a plan, and why."""

    kind: Annotated[str, Meta(description="create, replace, keep, remove and so on.")]
    profile: Annotated[str, Meta(description="The profile's name.")]
    container: Annotated[str, Meta(description="The container's name.")]
    causes: Annotated[tuple[str, ...], Meta(description="Why, in words.")]


class LaunchedInstance(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one step."""

    profile: Annotated[str, Meta(description="The profile's name.")]
    container: Annotated[str, Meta(description="The container's name.")]
    container_id: Annotated[str, Meta(description="The container's ID; empty: no container.")]
    image: Annotated[str | None, Meta(description="The image's name; null for an orphan.")]
    image_id: Annotated[str | None, Meta(description="The image's ID.")]
    api_url: Annotated[str | None, Meta(description="The address of the API.")]
    api_port: Annotated[int | None, Meta(description="The host port of the API.")]
    stream_port: Annotated[int | None, Meta(description="The host port of the stream.")]
    operation: Annotated[str, Meta(description="The kind of its step in the plan.")]
    state: Annotated[
        str, Meta(description="ready, started, failed, rolled back, removed, orphan and so on.")
    ]
    condition: Annotated[
        Verdict | None,
        Meta(description="Its verdict, as in `status`; null: not checked."),
    ]
    proof: Annotated[
        ProofReport | None, Meta(description="The proof from this run; null: none was made.")
    ]
    proven_at: Annotated[
        datetime | None, Meta(description="Time of the last proof, in this run or an earlier one.")
    ]
    last_save: LastSaveWord
    unsaved_reason: UnsavedReason
    problem: Annotated[str | None, Meta(description="What went wrong, in a sentence.")]
    next_step: NextStep
    log_tail: Annotated[tuple[str, ...], Meta(description="Its last log lines, if it failed.")]
    log_file: Annotated[str | None, Meta(description="The private file that keeps those lines.")]
    notes: Annotated[tuple[str, ...], Meta(description="Further remarks on it.")]


class UpReport(Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/up/1"):
    """The result of a launch, also if it did not begin, or of a dry run."""

    result: Annotated[
        str, Meta(description="ok, failed, refused, declined, interrupted or dry-run.")
    ]
    message: Annotated[str | None, Meta(description="The whole result in one sentence.")] = None
    elapsed_s: Annotated[
        float | None,
        Meta(
            description="The duration of the work on the instances, in seconds; null: none began."
        ),
    ] = None
    project_root: Annotated[
        str | None, Meta(description="The repository of the application; null: not known.")
    ] = None
    fleet: Annotated[str | None, Meta(description="The prefix of the containers.")] = None
    findings: Annotated[
        tuple[FoundProblem, ...], Meta(description="The findings of the checks before the launch.")
    ] = ()
    plan: Annotated[
        tuple[PlannedOperation, ...], Meta(description="The steps of the plan, in order.")
    ] = ()
    instances: Annotated[
        tuple[LaunchedInstance, ...], Meta(description="The result of each step.")
    ] = ()
    commands: Annotated[
        dict[str, list[str]] | None,
        Meta(description="In a dry run: the shell lines of each container, shared lines first."),
    ] = None


class PlanReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/plan/1"
):
    """What `up` would do; `up --plan` reads it and carries out exactly that."""

    fingerprint: Annotated[
        str, Meta(description="A digest of everything that the plan depends on.")
    ]
    project_root: Annotated[str, Meta(description="The repository of the application.")]
    fleet: Annotated[str, Meta(description="The prefix of the containers.")]
    findings: Annotated[
        tuple[FoundProblem, ...], Meta(description="The findings of the checks before a launch.")
    ]
    plan: Annotated[
        tuple[PlannedOperation, ...], Meta(description="The steps of the plan, in order.")
    ]


def up_report(
    seen: Planned | None,
    *,
    result: str,
    exit_code: ExitCode,
    outcomes: Sequence[Outcome] = (),
    message: str | None = None,
    commands: Mapping[str, Sequence[str]] | None = None,
) -> UpReport:
    """How a launch ended; without anything seen it ended before it could look."""
    return UpReport(
        exit_code=int(exit_code),
        result=result,
        message=message,
        project_root=str(seen.settings.project_root) if seen else None,
        fleet=seen.settings.container_prefix if seen else None,
        findings=found_problems(seen.findings) if seen else (),
        plan=_operations(seen.plan) if seen else (),
        instances=tuple(_instance(outcome) for outcome in outcomes),
        commands={name: list(lines) for name, lines in commands.items()} if commands else None,
    )


def result_report(
    seen: Planned, outcomes: Sequence[Outcome], exit_code: ExitCode, elapsed_s: float
) -> UpReport:
    """What a launch that was carried out came to."""
    report = up_report(
        seen,
        result=result_word(exit_code),
        exit_code=exit_code,
        outcomes=outcomes,
        message=closing_line(seen.plan, outcomes),
    )
    return replace(report, elapsed_s=round(elapsed_s, 1))


def plan_report(seen: Planned, exit_code: ExitCode) -> PlanReport:
    """What a launch would do."""
    return PlanReport(
        exit_code=int(exit_code),
        fingerprint=seen.plan.fingerprint,
        project_root=str(seen.settings.project_root),
        fleet=seen.settings.container_prefix,
        findings=found_problems(seen.findings),
        plan=_operations(seen.plan),
    )


def closing_line(plan: Plan, outcomes: Sequence[Outcome]) -> str:
    """One sentence with the whole truth."""
    states = Counter(outcome.state.value for outcome in outcomes)
    parts = [f"{number} {state}" for state, number in states.items()]
    return f"{', '.join(parts)}{_changes(plan, outcomes)}{lost_saves(outcomes)}"


def _changes(plan: Plan, outcomes: Sequence[Outcome]) -> str:
    """How many are as they were to be; a failed one may be as it was, or not."""
    if not plan.pending:
        return " (nothing to do)"
    touched = [outcome for outcome in outcomes if outcome.has_changed]
    changed = sum(1 for outcome in touched if outcome.is_well)
    if changed:
        return f" ({changed} changed)"
    return "" if touched else " (nothing changed)"


def _operations(plan: Plan) -> tuple[PlannedOperation, ...]:
    return tuple(_operation(operation) for operation in plan.operations)


def _operation(operation: Operation) -> PlannedOperation:
    return PlannedOperation(
        kind=operation.kind.value,
        profile=operation.profile_name,
        container=operation.container_name,
        causes=tuple(map(cause_text, operation.causes)),
    )


def _instance(outcome: Outcome) -> LaunchedInstance:
    operation, spec = outcome.operation, outcome.operation.spec
    return LaunchedInstance(
        profile=operation.profile_name,
        container=operation.container_name,
        container_id=outcome.container_id,
        image=spec.image.name if spec else None,
        image_id=spec.image.image_id if spec else None,
        api_url=spec.api_url if spec else None,
        api_port=spec.identity.api_port if spec else None,
        stream_port=spec.identity.stream_port if spec else None,
        operation=operation.kind.value,
        state=outcome.state.value,
        condition=outcome.verdict,
        proof=proof_report(outcome.proof),
        proven_at=exact_moment(outcome.proven_at),
        last_save=last_save_word(outcome.last_save),
        unsaved_reason=unsaved_reason(outcome.last_save),
        problem=outcome.problem,
        next_step=next_step(outcome),
        log_tail=outcome.log_tail,
        log_file=str(outcome.log_file) if outcome.log_file else None,
        notes=outcome.notes,
    )
