"""The report of `profiles add`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.profile_finding import ProfileFinding
from multi_instance_manager.reports.report import Report


class Added(StrEnum):
    """The result for the pool's file."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


class ComparedWith(StrEnum):
    """Where the other profile's session was read."""

    POOL = "pool"
    INSTANCE = "instance"
    GIVEN = "given"


class TwinProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Another profile that holds the same login."""

    profile: Annotated[str, Meta(description="Its name; unprintable characters are escaped.")]
    compared_with: Annotated[
        ComparedWith,
        Meta(
            description="pool (its file there); instance (its instance has a newer session); given "
            "(added by the same command)."
        ),
    ]
    source: Annotated[str, Meta(description="The compared file, in the pool or as it was given.")]


class AddedProfile(msgspec.Struct, frozen=True, kw_only=True):
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
    twins: Annotated[
        tuple[TwinProfile, ...], Meta(description="Other profiles with the same login.")
    ]


class ProfileAddReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/profile-add/2"
):
    """The profiles that were added to the pool."""

    profiles: Annotated[
        tuple[AddedProfile, ...], Meta(description="The profiles, in the order of the files.")
    ]
