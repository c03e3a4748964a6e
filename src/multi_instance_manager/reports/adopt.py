"""What was adopted, as a report."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from multi_instance_manager.reports.report import Report


class AdoptReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/adopt/1"
):
    """Where the fleet was before, and which of its containers count as its own again."""

    project_root: Annotated[str, Meta(description="The repository of the application.")]
    fleet: Annotated[str, Meta(description="The prefix of its containers.")]
    way: Annotated[
        str | None,
        Meta(
            description="moved; seen under another path; copied; used with another engine; "
            "null: it was at home already."
        ),
    ]
    before: Annotated[
        str | None,
        Meta(description="The former project, the original state folder, or the other engine."),
    ]
    containers: Annotated[
        tuple[str, ...], Meta(description="The containers that were adopted, by name.")
    ]
