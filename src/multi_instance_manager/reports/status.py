"""The report of `status`."""

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

    id: Annotated[str, Meta(description="Its ID.")]
    state: Annotated[str, Meta(description="Its state, in the engine's own word.")]
    exit_code: Annotated[
        int | None, Meta(description="Exit code of its last run; null while it runs.")
    ]
    oom_killed: Annotated[bool, Meta(description="Whether it was killed for lack of memory.")]
    error: Annotated[str, Meta(description="The engine's error at its last start, if any.")]
    started_at: Annotated[datetime | None, Meta(description="When it was last started.")]
    finished_at: Annotated[datetime | None, Meta(description="When it last ended.")]
    uptime_s: Annotated[int | None, Meta(description="Seconds since its start; null: not running.")]
    restarts: Annotated[int, Meta(description="Number of restarts by the engine.")]
    memory_bytes: Annotated[
        int | None, Meta(description="Memory in use, without the page cache; null: not known.")
    ]
    memory_limit_bytes: Annotated[int | None, Meta(description="Its limit; null: it has none.")]
    image: Annotated[str, Meta(description="The name of the image it was created from.")]
    image_id: Annotated[str, Meta(description="The ID of that image.")]
    image_is_outdated: Annotated[
        bool | None,
        Meta(description="Whether that name now means another image; null: no image has it."),
    ]


class AsideReport(msgspec.Struct, frozen=True, kw_only=True):
    """A container that was set aside for its replacement, and never brought back."""

    name: Annotated[str, Meta(description="Its name.")]
    id: Annotated[str, Meta(description="Its ID.")]
    state: Annotated[str, Meta(description="Its state, in the engine's own word.")]


class MemberStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One profile and its instance, or one container whose profile is gone."""

    profile: Annotated[str, Meta(description="Its name; unprintable characters are escaped.")]
    container_name: Annotated[
        str, Meta(description="The name that its container has or would have.")
    ]
    is_orphan: Annotated[bool, Meta(description="Whether the container's profile is gone.")]
    is_enabled: Annotated[bool, Meta(description="False: disabled in the configuration file.")]
    condition: Annotated[
        Verdict, Meta(description="Its verdict, in the words of docs/reference/verdicts.md.")
    ]
    is_well: Annotated[
        bool,
        Meta(
            description="Ready or busy, or not running on purpose (disabled, stopped by hand). "
            "Always true for an orphan."
        ),
    ]
    evidence: Annotated[
        tuple[SeenSign, ...],
        Meta(description="The evidence for the verdict, the most important first."),
    ]
    advice: Annotated[tuple[str, ...], Meta(description="What to do about it, if anything.")]
    health: Annotated[
        str | None, Meta(description="The answer of its API now; null: it was not asked.")
    ]
    reason: Annotated[
        str | None, Meta(description="Why it is quarantined, unusable or unknown, in words.")
    ]
    api_url: Annotated[str | None, Meta(description="The address of its API.")]
    api_port: Annotated[int | None, Meta(description="The host port of its API.")]
    stream_port: Annotated[int | None, Meta(description="The host port of its stream.")]
    container: Annotated[ContainerReport | None, Meta(description="Its container; null: none.")]
    aside: Annotated[
        AsideReport | None, Meta(description="The container set aside for it; null: none.")
    ]
    session: Annotated[
        SessionReport | None, Meta(description="Its login; null: the profile is gone or unusable.")
    ]
    pending: Annotated[
        str, Meta(description="What `up` would do with it, such as keep, replace or start.")
    ]
    causes: Annotated[tuple[str, ...], Meta(description="Why `up` would do that, in words.")]
    changes: Annotated[
        tuple[str, ...],
        Meta(description="Differences between the instance and the current settings."),
    ]


class StatusReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/status/2"
):
    """The state of the instances at one time."""

    taken_at: Annotated[datetime, Meta(description="When the report was made.")]
    project_root: Annotated[str, Meta(description="The repository of the application.")]
    fleet: Annotated[str, Meta(description="The prefix of the containers.")]
    instances: Annotated[
        tuple[MemberStatus, ...],
        Meta(description="The requested instances, in the order of --sort."),
    ]
    unwell: Annotated[
        int, Meta(description="Number of requested instances that are not well, shown or not.")
    ]
    findings: Annotated[
        tuple[FoundProblem, ...],
        Meta(description="Problems of the pool, the host or the engine, as in `up`."),
    ]
