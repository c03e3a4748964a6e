"""The report of `profiles remove`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.report import Report


class Removal(StrEnum):
    """The result for one profile."""

    TRASHED = "trashed"
    PURGED = "purged"
    KEPT = "kept"


class RemovedProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One profile that was to be removed."""

    profile: Annotated[str, Meta(description="Its name; unprintable characters are escaped.")]
    result: Annotated[
        Removal,
        Meta(
            description="trashed (moved to the trash of the state folder, with its history); "
            "purged (deleted for good); kept (its instance could not be removed)."
        ),
    ]
    trash: Annotated[str | None, Meta(description="Its folder in the trash; null: none.")]
    session: Annotated[
        str | None,
        Meta(description="The result for the session of its instance; null: it had none."),
    ]
    problem: Annotated[str | None, Meta(description="Why it was kept, in a sentence.")]
    notes: Annotated[tuple[str, ...], Meta(description="Further remarks on it.")]


class ProfileRemoveReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/profile-remove/1"
):
    """The profiles that were removed from the pool, each with its instance."""

    profiles: Annotated[tuple[RemovedProfile, ...], Meta(description="The profiles, by name.")]
    warnings: Annotated[tuple[str, ...], Meta(description="Warnings, such as damaged records.")]
    settings_left_in: Annotated[
        str | None,
        Meta(description="The configuration file with settings for one of them; null: none."),
    ]
