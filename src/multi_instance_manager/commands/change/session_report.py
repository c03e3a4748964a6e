"""From the outcomes of a round to the report that a command answers with."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

from multi_instance_manager.commands.survey.reach import pool_findings
from multi_instance_manager.errors import ExitCode
from multi_instance_manager.execute.outcome import InstanceState, gravest_of
from multi_instance_manager.reports.change import ChangedInstance, ChangeReport
from multi_instance_manager.reports.last_save import last_save_word, unsaved_reason
from multi_instance_manager.reports.proof import proof_report
from multi_instance_manager.text.times import iso_moment

if TYPE_CHECKING:
    from multi_instance_manager.commands.change.fleet_session import SessionResult
    from multi_instance_manager.execute.outcome import Outcome

Answer = TypeVar("Answer", bound=ChangeReport)
_RESULTS = {ExitCode.OK: "ok", ExitCode.INTERRUPTED: "interrupted"}
NOTHING = "nothing to do"


def report_of(kind: type[Answer], result: SessionResult, **more: Any) -> Answer:
    """The report of that kind; ``more`` are the members that only it has."""
    code = exit_code_of(result)
    lacking = tuple(finding.sentence() for finding in pool_findings(result.seen))
    if lacking and code is ExitCode.OK:  # without its pool no session has gone where it belongs
        code = ExitCode.INSTANCE_FAILED
    settings = result.seen.settings
    return kind(
        exit_code=int(code),
        result=_RESULTS.get(code, "failed"),
        project_root=str(settings.project_root),
        fleet=settings.container_prefix,
        message=message_of(result),
        warnings=(*lacking, *result.notes),
        instances=tuple(_instance(outcome) for outcome in result.outcomes),
        **more,
    )


def exit_code_of(result: SessionResult) -> ExitCode:
    """The gravest that any outcome asks for."""
    return gravest_of(result.outcomes, interrupted=result.interrupted)


def message_of(result: SessionResult) -> str:
    """How many instances ended how."""
    counted = Counter(outcome.state.value for outcome in result.outcomes)
    said = ", ".join(f"{number} {state}" for state, number in counted.items()) or NOTHING
    # Those that are counted as not saved have said it; others serve on, or are gone.
    lost = sum(
        1
        for o in result.outcomes
        if o.last_save and o.last_save.may_have_lost and o.state is not InstanceState.NOT_SAVED
    )
    return f"{said}; {lost} last {'save' if lost == 1 else 'saves'} may be lost" if lost else said


def _instance(outcome: Outcome) -> ChangedInstance:
    operation, spec = outcome.operation, outcome.operation.spec
    return ChangedInstance(
        profile=operation.profile_name,
        container=operation.container_name,
        container_id=outcome.container_id,
        state=outcome.state.value,
        condition=outcome.verdict,
        session=outcome.session.value if outcome.session else None,
        last_save=last_save_word(outcome.last_save),
        unsaved_reason=unsaved_reason(outcome.last_save),
        api_url=spec.api_url if spec else None,
        stream_port=spec.identity.stream_port if spec else None,
        proof=proof_report(outcome.proof),
        proven_at=iso_moment(outcome.proven_at),
        problem=outcome.problem,
        notes=outcome.notes,
        log_tail=outcome.log_tail,
        log_file=str(outcome.log_file) if outcome.log_file else None,
    )
