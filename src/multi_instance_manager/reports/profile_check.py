"""What is wrong with the saved profiles, as a report."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from multi_instance_manager.reports.profile_finding import ProfileFinding
from multi_instance_manager.reports.report import Report


class ProfileCheckReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/profile-check/1"
):
    """What was found of the profiles that were looked at."""

    folder: Annotated[str, Meta(description="The folder of the profiles.")]
    checked: Annotated[tuple[str, ...], Meta(description="The profiles looked at, by name.")]
    findings: Annotated[
        tuple[ProfileFinding, ...], Meta(description="All that is wrong; empty where all is well.")
    ]
