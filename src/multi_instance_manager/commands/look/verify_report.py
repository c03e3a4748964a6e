"""From what `verify` saw to the report that it answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.errors import ExitCode
from multi_instance_manager.reports.proof import proof_report
from multi_instance_manager.reports.verify import VerifiedInstance, VerifyReport

if TYPE_CHECKING:
    from multi_instance_manager.commands.look.verify import Verified, VerifyResult


def verify_report(result: VerifyResult) -> VerifyReport:
    """The report; what does not run, or is not proven, makes it a failure."""
    is_well = all(one.is_well for one in result.instances)
    settings = result.seen.settings
    return VerifyReport(
        exit_code=int(ExitCode.OK if is_well else ExitCode.INSTANCE_FAILED),
        result="ok" if is_well else "failed",
        project_root=str(settings.project_root),
        fleet=settings.container_prefix,
        message=_message(result),
        instances=tuple(_instance(one) for one in result.instances),
    )


def _message(result: VerifyResult) -> str:
    if not result.instances:
        return "there is no instance to prove"
    shown = [one for one in result.instances if one.proof is not None and one.proof.passed]
    unwell = sum(1 for one in shown if not one.is_well)
    resting = sum(1 for one in result.instances if one.is_at_rest)
    parts = [f"{len(shown)} of {len(result.instances)} proven"]
    parts += [f"{unwell} of them not well"] if unwell else []
    parts += [f"{resting} at rest"] if resting else []
    return ", ".join(parts)


def _instance(one: Verified) -> VerifiedInstance:
    container = one.member.container
    return VerifiedInstance(
        profile=one.member.profile_name,
        container=one.member.container_name,
        container_id=container.container_id if container else "",
        state=one.state,
        condition=one.verdict,
        api_url=one.api_url,
        proof=proof_report(one.proof),
        problem=one.problem,
        drift=one.drift,
    )
