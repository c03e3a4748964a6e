"""How every instance is doing, as a report."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.reports.diagnosis import SeenSign
from multi_instance_manager.reports.finding import FoundProblem
from multi_instance_manager.reports.report import Report
from multi_instance_manager.reports.session import SessionReport


class ContainerReport(msgspec.Struct, frozen=True, kw_only=True):
    """The container of an instance."""

    id: Annotated[str, Meta(description="The engine's ID of it.")]
    state: Annotated[str, Meta(description="Its state, in the engine's own word.")]
    exit_code: Annotated[int | None, Meta(description="Of its last run; null while it is up.")]
    oom_killed: Annotated[bool, Meta(description="Whether it ended for want of memory.")]
    error: Annotated[str, Meta(description="The engine's word on why it could not be started.")]
    started_at: Annotated[datetime | None, Meta(description="When it was last started.")]
    finished_at: Annotated[datetime | None, Meta(description="When it last ended.")]
    uptime_s: Annotated[int | None, Meta(description="Seconds since its start; null: not up.")]
    restarts: Annotated[int, Meta(description="How often the engine has restarted it.")]
    memory_bytes: Annotated[
        int | None, Meta(description="Memory in use, without the page cache; null: not known.")
    ]
    memory_limit_bytes: Annotated[int | None, Meta(description="Its limit; null: it has none.")]
    image: Annotated[str, Meta(description="The image, by the name that it was made from.")]
    image_id: Annotated[str, Meta(description="The ID that the image had then.")]
    image_is_outdated: Annotated[
        bool | None,
        Meta(description="Whether that name means another image by now; null: there is none."),
    ]


class AsideReport(msgspec.Struct, frozen=True, kw_only=True):
    """A container that was set aside while its replacement was tried, and never put back."""

    name: Annotated[str, Meta(description="Its name.")]
    id: Annotated[str, Meta(description="The engine's ID of it.")]
    state: Annotated[str, Meta(description="Its state, in the engine's own word.")]


class MemberStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One profile and its instance, or one container whose profile is gone."""

    profile: Annotated[str, Meta(description="Its name; what cannot be shown is escaped.")]
    container_name: Annotated[str, Meta(description="The name that its container has, or would.")]
    is_orphan: Annotated[bool, Meta(description="Whether no profile asks for the container.")]
    is_enabled: Annotated[bool, Meta(description="False: the configuration file turns it off.")]
    condition: Annotated[
        Verdict, Meta(description="How it is doing, in the words of docs/reference/verdicts.md.")
    ]
    is_well: Annotated[
        bool,
        Meta(
            description="Ready or busy, or rightly not running: disabled, stopped by hand, or an "
            "orphan, whatever it does."
        ),
    ]
    evidence: Annotated[
        tuple[SeenSign, ...], Meta(description="What the condition rests on, the weightiest first.")
    ]
    advice: Annotated[tuple[str, ...], Meta(description="What to do about it, if anything.")]
    health: Annotated[
        str | None, Meta(description="What its API did when asked now; null: it was not asked.")
    ]
    reason: Annotated[
        str | None, Meta(description="Why it is quarantined, unusable or unknown, in words.")
    ]
    api_url: Annotated[str | None, Meta(description="Where its API answers, or would.")]
    api_port: Annotated[int | None, Meta(description="The host port of its API.")]
    stream_port: Annotated[int | None, Meta(description="The host port of its stream.")]
    container: Annotated[
        ContainerReport | None, Meta(description="Its container; null: it has none.")
    ]
    aside: Annotated[
        AsideReport | None, Meta(description="The container set aside for it; null: none.")
    ]
    session: Annotated[
        SessionReport | None, Meta(description="Its login; null: the profile is gone or unusable.")
    ]
    pending: Annotated[
        str, Meta(description="What `up` would do about it, such as keep, replace or start.")
    ]
    causes: Annotated[tuple[str, ...], Meta(description="Why `up` would do that, in words.")]
    changes: Annotated[
        tuple[str, ...],
        Meta(description="What differs between the running instance and what is wanted now."),
    ]


class StatusReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/status/2"
):
    """Every instance as of one moment."""

    taken_at: Annotated[datetime, Meta(description="When this was read.")]
    project_root: Annotated[str, Meta(description="The repository of the application.")]
    fleet: Annotated[str, Meta(description="What every container name begins with.")]
    instances: Annotated[
        tuple[MemberStatus, ...], Meta(description="Those asked for, in the order asked for.")
    ]
    unwell: Annotated[
        int, Meta(description="How many that were asked about are not well, shown or not.")
    ]
    findings: Annotated[
        tuple[FoundProblem, ...],
        Meta(description="What is wrong with the pool, the host or the engine, as `up` sees it."),
    ]
