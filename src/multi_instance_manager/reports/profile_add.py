"""The report of `profiles add`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from multi_instance_manager.reports.profile_finding import ProfileFinding
from multi_instance_manager.reports.report import Report


class Added(StrEnum):
    """The result for the pool's file."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


class ProfileAddReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/profile-add/1"
):
    """One profile that was added to the pool."""

    profile: Annotated[str, Meta(description="Its name.")]
    file: Annotated[str, Meta(description="Its file in the pool.")]
    result: Annotated[
        Added,
        Meta(description="added; replaced (it had other content); unchanged (the same content)."),
    ]
    kept_as: Annotated[
        str | None,
        Meta(description="The version in the history of the replaced content; null: none."),
    ]
    findings: Annotated[tuple[ProfileFinding, ...], Meta(description="Warnings about the login.")]
