"""The reports of `up` and `plan`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.reports.finding import FoundProblem
from multi_instance_manager.reports.last_save import LastSaveWord, UnsavedReason
from multi_instance_manager.reports.proof import ProofReport
from multi_instance_manager.reports.report import Report


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
    log_tail: Annotated[tuple[str, ...], Meta(description="Its last log lines, if it failed.")]
    log_file: Annotated[str | None, Meta(description="The private file that keeps those lines.")]
    notes: Annotated[tuple[str, ...], Meta(description="Further remarks on it.")]


class UpReport(Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/up/1"):
    """The result of a launch, also if it did not begin, or of a dry run."""

    result: Annotated[
        str, Meta(description="ok, failed, refused, declined, interrupted or dry-run.")
    ]
    message: Annotated[str | None, Meta(description="The whole result in one sentence.")] = None
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
