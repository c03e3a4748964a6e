"""The reports of stop, start, restart, sync and down, instance by instance."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.errors import ExitCode
from multi_instance_manager.execute.outcome import InstanceState
from multi_instance_manager.reports.last_save import (
    LastSaveWord,
    UnsavedReason,
    last_save_word,
    lost_saves,
    unsaved_reason,
)
from multi_instance_manager.reports.next_step import NextStep, next_step
from multi_instance_manager.reports.proof import ProofReport, proof_report
from multi_instance_manager.reports.report import Report, result_word
from multi_instance_manager.text.plurals import counted
from multi_instance_manager.text.times import iso_moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.execute.outcome import Outcome
    from multi_instance_manager.settings.model import Settings

NOTHING = "nothing to do"


class ChangedInstance(msgspec.Struct, frozen=True, kw_only=True):
    """One instance at the end of the command."""

    profile: Annotated[str, Meta(description="The profile's exact name.")]
    container: Annotated[str, Meta(description="The container's name.")]
    container_id: Annotated[str, Meta(description="The container's ID; empty: no container.")]
    state: Annotated[
        str,
        Meta(
            description="Its state now: ready, started, stopped, synced, removed, failed, "
            "quarantined, not saved, not launched, left alone, orphan, held back, not begun or "
            "interrupted."
        ),
    ]
    condition: Annotated[
        Verdict | None,
        Meta(description="Its verdict, as in `status`; null: not checked."),
    ]
    session: Annotated[
        str | None,
        Meta(
            description="The result for its session: saved, unchanged, owner's is newer, kept in "
            "the history, login lost, 'torn, not saved', 'too large, not saved', 'closed, not "
            "saved' or no copy; null: the command did not save it."
        ),
    ]
    last_save: LastSaveWord
    unsaved_reason: UnsavedReason
    api_url: Annotated[str | None, Meta(description="Address of its API, if it was started.")]
    stream_port: Annotated[int | None, Meta(description="Its stream port, if it was started.")]
    proof: Annotated[
        ProofReport | None, Meta(description="The proof from this run; null: none was made.")
    ]
    proven_at: Annotated[
        str | None, Meta(description="Time of the proof, in ISO 8601; null: none was made.")
    ]
    problem: Annotated[str | None, Meta(description="What went wrong, in a sentence.")]
    next_step: NextStep
    notes: Annotated[tuple[str, ...], Meta(description="Further remarks on it.")]
    log_tail: Annotated[
        tuple[str, ...], Meta(description="The last log lines of an instance that failed.")
    ]
    log_file: Annotated[str | None, Meta(description="The file that keeps those lines.")]


class ChangeReport(Report, frozen=True, kw_only=True):
    """The result of one command on its instances."""

    result: Annotated[
        str, Meta(description="ok, failed or interrupted: the worst result of any instance.")
    ]
    project_root: Annotated[str, Meta(description="The repository of the application.")]
    fleet: Annotated[str, Meta(description="The prefix of the containers.")]
    message: Annotated[str, Meta(description="The whole result in one sentence.")]
    elapsed_s: Annotated[
        float, Meta(description="The duration of the work on the instances, in seconds.")
    ]
    warnings: Annotated[tuple[str, ...], Meta(description="Warnings, such as damaged records.")]
    instances: Annotated[
        tuple[ChangedInstance, ...],
        Meta(description="The instances, in the order of the profiles."),
    ]


class StopReport(
    ChangeReport, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/stop/1"
):
    """The result of `stop`."""


class StartReport(
    ChangeReport, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/start/1"
):
    """The result of `start`."""


class RestartReport(
    ChangeReport, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/restart/1"
):
    """The result of `restart`."""


class SyncReport(
    ChangeReport, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/sync/1"
):
    """The result of `sync`."""


class DownReport(
    ChangeReport, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/down/1"
):
    """The result of `down`."""

    freed: Annotated[
        tuple[str, ...],
        Meta(description="Profiles that are gone from the pool: their ports were freed."),
    ]
    history: Annotated[
        str, Meta(description="The folder that keeps earlier versions of the sessions.")
    ]
    left: Annotated[
        tuple[str, ...] | None,
        Meta(
            description="With --verify: each container and private file that is left, and each "
            "port lease of a profile that is gone from the pool, in a sentence each; null: without "
            "--verify."
        ),
    ]


Answer = TypeVar("Answer", bound=ChangeReport)


def change_report(
    kind: type[Answer],
    settings: Settings,
    outcomes: Sequence[Outcome],
    code: ExitCode,
    *,
    lacking: Sequence[str] = (),
    notes: Sequence[str] = (),
    **more: Any,
) -> Answer:
    """The report of that kind; ``more`` are its duration and the members that only it has.

    ``lacking`` tells why the pool cannot be read: without it no session has gone where it belongs.
    """
    if lacking and code is ExitCode.OK:
        code = ExitCode.INSTANCE_FAILED
    return kind(
        exit_code=int(code),
        result=result_word(code),
        project_root=str(settings.project_root),
        fleet=settings.container_prefix,
        message=_message(outcomes),
        warnings=(*lacking, *notes),
        instances=tuple(_instance(outcome) for outcome in outcomes),
        **more,
    )


def with_what_is_left(report: DownReport) -> DownReport:
    """The report of `down`: what a search found to be left makes it a failure."""
    if not report.instances and report.freed:
        report = replace(report, message=f"{counted(len(report.freed), 'lease')} freed")
    if report.left and report.exit_code == ExitCode.OK:
        code = ExitCode.INSTANCE_FAILED
        report = replace(report, exit_code=int(code), result=result_word(code))
    return report


def _message(outcomes: Sequence[Outcome]) -> str:
    """How many instances ended how."""
    states = Counter(outcome.state.value for outcome in outcomes)
    said = ", ".join(f"{number} {state}" for state, number in states.items()) or NOTHING
    # Those that are counted as not saved have said it; others serve on, or are gone.
    return said + lost_saves(o for o in outcomes if o.state is not InstanceState.NOT_SAVED)


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
        next_step=next_step(outcome),
        notes=outcome.notes,
        log_tail=outcome.log_tail,
        log_file=str(outcome.log_file) if outcome.log_file else None,
    )
