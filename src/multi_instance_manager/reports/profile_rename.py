"""The report of `profiles rename`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from multi_instance_manager.reports.report import Report


class ProfileRenameReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/profile-rename/1"
):
    """One renamed profile, its former name, and its settings."""

    profile: Annotated[str, Meta(description="Its name now.")]
    before: Annotated[str, Meta(description="Its name before.")]
    file: Annotated[str, Meta(description="Its file in the pool.")]
    settings_moved_in: Annotated[
        str | None,
        Meta(description="The configuration file whose settings moved along; null: none."),
    ]
    settings_left_in: Annotated[
        str | None,
        Meta(description="The configuration file with settings for the old name; null: none."),
    ]
