"""The reports of `profiles history` and `profiles restore`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.report import Report
from multi_instance_manager.sessions.version_source import VersionSource

_SOURCE = (
    "owner (saved or added it); instance (refreshed it); restore (of an earlier version); unknown "
    "(kept before this was recorded)."
)


class VersionReport(msgspec.Struct, frozen=True, kw_only=True):
    """One version in the history."""

    number: Annotated[int, Meta(description="Its number, for `profiles restore`.")]
    kept_at: Annotated[datetime, Meta(description="When it went into the history.")]
    source: Annotated[VersionSource, Meta(description=f"Where it came from: {_SOURCE}")]
    digest: Annotated[str, Meta(description="The beginning of the SHA-256 of its content.")]
    size_bytes: Annotated[int, Meta(description="Its size.")]
    cookies: Annotated[int | None, Meta(description="Number of its cookies; null: not readable.")]
    login_expires_at: Annotated[
        datetime | None, Meta(description="When its login expires; null: not known.")
    ]
    is_in_pool: Annotated[bool, Meta(description="Whether the pool holds the same content now.")]
    is_in_instance: Annotated[
        bool, Meta(description="Whether the copy of its instance has the same content now.")
    ]


class CurrentVersionReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the pool holds now."""

    saved_at: Annotated[datetime, Meta(description="When its file was last written.")]
    source: Annotated[VersionSource, Meta(description=f"Where it came from: {_SOURCE}")]
    digest: Annotated[str, Meta(description="The beginning of the SHA-256 of its content.")]
    size_bytes: Annotated[int, Meta(description="Its size.")]
    cookies: Annotated[int | None, Meta(description="Number of its cookies; null: not readable.")]
    login_expires_at: Annotated[
        datetime | None, Meta(description="When its login expires; null: not known.")
    ]
    is_in_instance: Annotated[
        bool, Meta(description="Whether the copy of its instance has the same content now.")
    ]


class ProfileHistoryReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/profile-history/1"
):
    """The versions of one profile in the history, and the one in use."""

    profile: Annotated[str, Meta(description="The name of the profile.")]
    versions: Annotated[tuple[VersionReport, ...], Meta(description="The versions, oldest first.")]
    current: Annotated[
        CurrentVersionReport | None,
        Meta(description="What the pool holds now; null: it has no such file."),
    ]


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
