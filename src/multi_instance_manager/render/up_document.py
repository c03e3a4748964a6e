"""The result of a run as one versioned JSON document. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from multi_instance_manager.plan.causes import cause_text
from multi_instance_manager.reports.finding import found_problems
from multi_instance_manager.reports.last_save import last_save_word, unsaved_reason
from multi_instance_manager.reports.proof import proof_report
from multi_instance_manager.reports.report import document_of
from multi_instance_manager.reports.up import (
    LaunchedInstance,
    PlannedOperation,
    PlanReport,
    UpReport,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.commands.survey.prepare import Prepared
    from multi_instance_manager.errors import ExitCode
    from multi_instance_manager.execute.outcome import Outcome
    from multi_instance_manager.plan.plan import Operation


def document(
    prepared: Prepared | None,
    *,
    result: str,
    exit_code: ExitCode,
    outcomes: Sequence[Outcome] = (),
    message: str | None = None,
    commands: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return the indented document, ending with a newline."""
    report = UpReport(
        exit_code=int(exit_code),
        result=result,
        message=message,
        project_root=str(prepared.settings.project_root) if prepared else None,
        fleet=prepared.settings.container_prefix if prepared else None,
        findings=found_problems(prepared.findings) if prepared else (),
        plan=_operations(prepared) if prepared else (),
        instances=tuple(_instance(outcome) for outcome in outcomes),
        commands={name: list(lines) for name, lines in commands.items()} if commands else None,
    )
    return document_of(report)


def plan_document(prepared: Prepared, exit_code: ExitCode) -> str:
    """Return the plan as the document that `up --plan` reads."""
    report = PlanReport(
        exit_code=int(exit_code),
        fingerprint=prepared.plan.fingerprint,
        project_root=str(prepared.settings.project_root),
        fleet=prepared.settings.container_prefix,
        findings=found_problems(prepared.findings),
        plan=_operations(prepared),
    )
    return document_of(report)


def _operations(prepared: Prepared) -> tuple[PlannedOperation, ...]:
    return tuple(_operation(operation) for operation in prepared.plan.operations)


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
        proven_at=_moment(outcome.proven_at),
        last_save=last_save_word(outcome.last_save),
        unsaved_reason=unsaved_reason(outcome.last_save),
        problem=outcome.problem,
        log_tail=outcome.log_tail,
        log_file=str(outcome.log_file) if outcome.log_file else None,
        notes=outcome.notes,
    )


def _moment(seconds: float | None) -> datetime | None:
    if seconds is None:
        return None
    milliseconds = int(seconds * 1000)
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
