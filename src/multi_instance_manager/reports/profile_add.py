"""A profile that was put into the pool, as a report."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from multi_instance_manager.reports.profile_finding import ProfileFinding
from multi_instance_manager.reports.report import Report


class Added(StrEnum):
    """What became of the pool's file."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


class ProfileAddReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/profile-add/1"
):
    """One profile, and how it came into the pool."""

    profile: Annotated[str, Meta(description="Its name.")]
    file: Annotated[str, Meta(description="Its file in the pool.")]
    result: Annotated[
        Added,
        Meta(description="added; replaced (another content was there); unchanged (this one was)."),
    ]
    kept_as: Annotated[
        str | None,
        Meta(description="The version of the history that holds what was there; null: nothing."),
    ]
    findings: Annotated[
        tuple[ProfileFinding, ...], Meta(description="What to know of the login all the same.")
    ]
