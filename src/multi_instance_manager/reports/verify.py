"""The report of `verify`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.reports.proof import ProofReport
from multi_instance_manager.reports.report import Report


class VerifiedInstance(msgspec.Struct, frozen=True, kw_only=True):
    """One instance, as checked from outside."""

    profile: Annotated[str, Meta(description="The profile's exact name.")]
    container: Annotated[str, Meta(description="The container's name.")]
    container_id: Annotated[str, Meta(description="The container's ID; empty: no container.")]
    state: Annotated[
        str,
        Meta(
            description="Its verdict, as in `status`; or not proven, not launched, left alone or "
            "failed."
        ),
    ]
    condition: Annotated[
        Verdict | None, Meta(description="Its verdict, if it was checked; null otherwise.")
    ]
    api_url: Annotated[str | None, Meta(description="The address of its API; null: not running.")]
    proof: Annotated[ProofReport | None, Meta(description="The proof; null: none was made.")]
    problem: Annotated[str | None, Meta(description="What is wrong, in a sentence.")]
    drift: Annotated[
        str | None, Meta(description="Why the next `up` would replace it; null: it would not.")
    ]


class VerifyReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/verify/2"
):
    """The proof of every requested instance."""

    result: Annotated[str, Meta(description="ok; failed: an instance is not verified.")]
    project_root: Annotated[str, Meta(description="The repository of the application.")]
    fleet: Annotated[str, Meta(description="The prefix of the containers.")]
    message: Annotated[str, Meta(description="The whole result in one sentence.")]
    instances: Annotated[
        tuple[VerifiedInstance, ...],
        Meta(description="The instances, in the order of the profiles."),
    ]
