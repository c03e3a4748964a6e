"""The report of `adopt`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from multi_instance_manager.reports.report import Report


class AdoptReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/adopt/1"
):
    """The former place of the fleet, and the containers that belong to it again."""

    project_root: Annotated[str, Meta(description="The repository of the application.")]
    fleet: Annotated[str, Meta(description="The prefix of its containers.")]
    way: Annotated[
        str | None,
        Meta(
            description="moved; seen under another path; copied; used with another engine; "
            "null: nothing had changed."
        ),
    ]
    before: Annotated[
        str | None,
        Meta(description="The former project, the original state folder, or the former engine."),
    ]
    containers: Annotated[
        tuple[str, ...], Meta(description="The containers that were adopted, by name.")
    ]
