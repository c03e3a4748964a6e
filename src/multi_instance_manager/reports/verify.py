"""What `verify` saw."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.reports.proof import ProofReport
from multi_instance_manager.reports.report import Report


class VerifiedInstance(msgspec.Struct, frozen=True, kw_only=True):
    """One instance, looked at from outside."""

    profile: Annotated[str, Meta(description="The profile's exact name.")]
    container: Annotated[str, Meta(description="The container's name.")]
    container_id: Annotated[str, Meta(description="The container's ID; empty without one.")]
    state: Annotated[
        str,
        Meta(
            description="How it is doing, as `status` says it; or not proven, not launched, left "
            "alone or failed."
        ),
    ]
    condition: Annotated[
        Verdict | None, Meta(description="The same where it was looked at; null otherwise.")
    ]
    api_url: Annotated[str | None, Meta(description="Where its API answers; null if not running.")]
    proof: Annotated[ProofReport | None, Meta(description="The proof; null where none was made.")]
    problem: Annotated[str | None, Meta(description="What is wrong, in a sentence.")]
    drift: Annotated[
        str | None, Meta(description="Why the next `up` would replace it; null if it would not.")
    ]


class VerifyReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/verify/2"
):
    """The proof of every instance that was asked for."""

    result: Annotated[str, Meta(description="ok, or failed where one is not proven.")]
    project_root: Annotated[str, Meta(description="The repository of the application.")]
    fleet: Annotated[str, Meta(description="The prefix of the containers.")]
    message: Annotated[str, Meta(description="The whole result in one sentence.")]
    instances: Annotated[
        tuple[VerifiedInstance, ...],
        Meta(description="The instances, in the order of the profiles."),
    ]
