"""The reports of stop, start, restart, sync and down, instance by instance."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.reports.last_save import LastSaveWord, UnsavedReason
from multi_instance_manager.reports.proof import ProofReport
from multi_instance_manager.reports.report import Report


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
