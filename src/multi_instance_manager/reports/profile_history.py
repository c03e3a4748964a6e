"""The reports of `profiles history` and `profiles restore`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.report import Report


class VersionReport(msgspec.Struct, frozen=True, kw_only=True):
    """One version in the history."""

    number: Annotated[int, Meta(description="Its number, for `profiles restore`.")]
    kept_at: Annotated[datetime, Meta(description="When it went into the history.")]
    digest: Annotated[str, Meta(description="The beginning of the SHA-256 of its content.")]
    size_bytes: Annotated[int, Meta(description="Its size.")]
    is_in_pool: Annotated[bool, Meta(description="Whether the pool holds the same content now.")]


class ProfileHistoryReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/profile-history/1"
):
    """The versions of one profile in the history."""

    profile: Annotated[str, Meta(description="The name of the profile.")]
    versions: Annotated[tuple[VersionReport, ...], Meta(description="The versions, oldest first.")]


class ProfileRestoreReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/profile-restore/1"
):
    """An earlier version, or a removed profile, that was restored to the pool."""

    profile: Annotated[str, Meta(description="The name of the profile.")]
    version: Annotated[
        int | None,
        Meta(description="The number of the version; null: the profile came from the trash."),
    ]
    kept_as: Annotated[
        str | None,
        Meta(description="The version of the replaced content; null: it was the same."),
    ]
