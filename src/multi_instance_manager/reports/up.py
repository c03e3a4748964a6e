"""What a launch did, and what one would do."""

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
    """What became of one step."""

    profile: Annotated[str, Meta(description="The profile's name.")]
    container: Annotated[str, Meta(description="The container's name.")]
    container_id: Annotated[str, Meta(description="The engine's ID of it; empty: there is none.")]
    image: Annotated[str | None, Meta(description="The image's name; null for an orphan.")]
    image_id: Annotated[str | None, Meta(description="The engine's ID of the image.")]
    api_url: Annotated[str | None, Meta(description="Where the API answers.")]
    api_port: Annotated[int | None, Meta(description="The host port of the API.")]
    stream_port: Annotated[int | None, Meta(description="The host port of the stream.")]
    operation: Annotated[str, Meta(description="The kind of its step in the plan.")]
    state: Annotated[
        str, Meta(description="ready, started, failed, rolled back, removed, orphan and so on.")
    ]
    condition: Annotated[
        Verdict | None,
        Meta(description="How it is doing, as `status` says it; null where that was not seen."),
    ]
    proof: Annotated[ProofReport | None, Meta(description="Null where none was made in this run.")]
    proven_at: Annotated[
        datetime | None, Meta(description="When it was proven, in this run or an earlier one.")
    ]
    last_save: LastSaveWord
    unsaved_reason: UnsavedReason
    problem: Annotated[str | None, Meta(description="What went wrong, in a sentence.")]
    log_tail: Annotated[tuple[str, ...], Meta(description="Its last log lines where it failed.")]
    log_file: Annotated[str | None, Meta(description="The private file that keeps those lines.")]
    notes: Annotated[tuple[str, ...], Meta(description="What else is to be known.")]


class UpReport(Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/up/1"):
    """How a launch ended, also where it did not begin, or what a dry run would do."""

    result: Annotated[
        str, Meta(description="ok, failed, refused, declined, interrupted or dry-run.")
    ]
    message: Annotated[str | None, Meta(description="The whole in a sentence.")] = None
    project_root: Annotated[
        str | None, Meta(description="The project; null where it was not looked at.")
    ] = None
    fleet: Annotated[str | None, Meta(description="The prefix of its containers.")] = None
    findings: Annotated[
        tuple[FoundProblem, ...], Meta(description="What the checks before the launch found.")
    ] = ()
    plan: Annotated[
        tuple[PlannedOperation, ...], Meta(description="What was to be done, in order.")
    ] = ()
    instances: Annotated[
        tuple[LaunchedInstance, ...], Meta(description="What became of each step.")
    ] = ()
    commands: Annotated[
        dict[str, list[str]] | None,
        Meta(description="Of a dry run: the shell lines by container, what they share first."),
    ] = None


class PlanReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/plan/1"
):
    """What `up` would do; `up --plan` takes it back and carries out just that."""

    fingerprint: Annotated[str, Meta(description="Changes with whatever the plan rests on.")]
    project_root: Annotated[str, Meta(description="The project.")]
    fleet: Annotated[str, Meta(description="The prefix of its containers.")]
    findings: Annotated[
        tuple[FoundProblem, ...], Meta(description="What the checks before a launch found.")
    ]
    plan: Annotated[tuple[PlannedOperation, ...], Meta(description="What would be done, in order.")]
