"""The report of `profiles list`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.reports.report import Report
from multi_instance_manager.reports.session import SessionReport


class InstanceOfProfile(msgspec.Struct, frozen=True, kw_only=True):
    """The container of a profile."""

    container_name: Annotated[str, Meta(description="Its name.")]
    state: Annotated[str, Meta(description="Its state, in the engine's own word.")]
    condition: Annotated[Verdict, Meta(description="Its verdict, as in `status`.")]


class ProfileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One saved profile, without its content."""

    name: Annotated[str, Meta(description="Its name; unprintable characters are escaped.")]
    is_valid: Annotated[bool, Meta(description="Whether it can be launched.")]
    fault: Annotated[str | None, Meta(description="Why it cannot be launched; null: it can.")]
    size_bytes: Annotated[int | None, Meta(description="Size of its file; null: not known.")]
    is_enabled: Annotated[bool, Meta(description="False: disabled in the configuration file.")]
    session: Annotated[SessionReport | None, Meta(description="Its login; null: not readable.")]
    same_login_as: Annotated[
        tuple[str, ...], Meta(description="Other profiles that hold the same login.")
    ]
    instance: Annotated[
        InstanceOfProfile | None, Meta(description="Its container; null: none, or not known.")
    ]


class ProfileListReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/profile-list/1"
):
    """Every profile of the pool."""

    taken_at: Annotated[datetime, Meta(description="When the report was made.")]
    folder: Annotated[str, Meta(description="The folder of the profiles.")]
    profiles: Annotated[tuple[ProfileEntry, ...], Meta(description="The profiles, by name.")]
    instances_unknown: Annotated[
        str | None,
        Meta(description="Why the instances could not be listed; null: they were."),
    ]
