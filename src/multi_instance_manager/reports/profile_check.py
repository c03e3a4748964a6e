"""The report of `profiles check`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from multi_instance_manager.reports.profile_finding import ProfileFinding
from multi_instance_manager.reports.report import Report


class ProfileCheckReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/profile-check/1"
):
    """The findings on the checked profiles."""

    folder: Annotated[str, Meta(description="The folder of the profiles.")]
    checked: Annotated[tuple[str, ...], Meta(description="The checked profiles, by name.")]
    findings: Annotated[
        tuple[ProfileFinding, ...], Meta(description="All problems; empty: all is well.")
    ]
