"""The proof of one instance, as a member of other reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from multi_instance_manager.proof.proof import Proof

Result = Literal["passed", "failed", "not shown"]


class ProofCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One check from outside."""

    name: Annotated[str, Meta(description="What was checked, such as active, api or key.")]
    passed: Annotated[bool, Meta(description="Whether it passed.")]
    result: Annotated[
        Result, Meta(description="`not shown`: it could not be checked, so it has not passed.")
    ]
    required: Annotated[
        bool,
        Meta(description="Whether the proof requires it; otherwise it is only reported."),
    ]
    seen: Annotated[str, Meta(description="What was seen, in a word or two.")]


class ProofReport(msgspec.Struct, frozen=True, kw_only=True):
    """All checks of one instance."""

    passed: Annotated[bool, Meta(description="Whether every required check passed.")]
    result: Annotated[Result, Meta(description="The worst result of any required check.")]
    checks: Annotated[tuple[ProofCheck, ...], Meta(description="The checks.")]


def proof_report(proof: Proof | None) -> ProofReport | None:
    """Convert a proof for a report."""
    if proof is None:
        return None
    checks = (
        ProofCheck(
            name=c.name,
            passed=c.result == "passed",
            result=c.result.value,
            required=c.required,
            seen=c.seen,
        )
        for c in proof.checks
    )
    return ProofReport(passed=proof.passed, result=proof.result.value, checks=tuple(checks))
