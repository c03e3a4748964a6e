"""The reports of `profiles history --diff` and `--prune`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.report import Report


class ChangedCookie(msgspec.Struct, frozen=True, kw_only=True):
    """One cookie, without its value."""

    name: Annotated[str, Meta(description="Its name; unprintable characters are escaped.")]
    domain: Annotated[str, Meta(description="Its domain, written in the same way.")]
    expired_before: Annotated[
        datetime | None, Meta(description="Its expiry in the first version; null: none.")
    ]
    expires_after: Annotated[
        datetime | None, Meta(description="Its expiry in the second version; null: none.")
    ]


class ProfileHistoryDiffReport(
    Report,
    frozen=True,
    kw_only=True,
    tag_field="schema",
    tag="multi-instance/profile-history-diff/1",
):
    """The cookies that differ between two versions of a profile, without their values."""

    profile: Annotated[str, Meta(description="The name of the profile.")]
    before: Annotated[str, Meta(description="The first version: its number, or now.")]
    after: Annotated[str, Meta(description="The second version: its number, or now.")]
    is_same: Annotated[bool, Meta(description="Whether both have the same content.")]
    came: Annotated[
        tuple[ChangedCookie, ...], Meta(description="Cookies of the second version only.")
    ]
    went: Annotated[
        tuple[ChangedCookie, ...], Meta(description="Cookies of the first version only.")
    ]
    expiry_changed: Annotated[
        tuple[ChangedCookie, ...], Meta(description="Cookies of both with another expiry.")
    ]


class ProfileHistoryPruneReport(
    Report,
    frozen=True,
    kw_only=True,
    tag_field="schema",
    tag="multi-instance/profile-history-prune/1",
):
    """The earlier versions of a profile that were deleted."""

    profile: Annotated[str, Meta(description="The name of the profile.")]
    deleted: Annotated[
        tuple[int, ...], Meta(description="The numbers of the deleted versions, oldest first.")
    ]
    kept: Annotated[tuple[int, ...], Meta(description="The numbers of the others, oldest first.")]
