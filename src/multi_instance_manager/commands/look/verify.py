"""Proves again that each instance runs on its own profile alone. Reads only, and locks nothing."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.commands.look.deep_probe import deeply_seen, question_of
from multi_instance_manager.commands.look.instance_status import diagnosis_of
from multi_instance_manager.commands.look.vital_signs import seen_members
from multi_instance_manager.commands.survey.exclusions import (
    is_unwanted,
    not_launched,
    not_ours,
    shared,
)
from multi_instance_manager.commands.survey.expectations import expectation_of
from multi_instance_manager.commands.survey.guards import looked_at
from multi_instance_manager.commands.survey.members import Member, chosen, members_of
from multi_instance_manager.errors import EngineError, ExitCode
from multi_instance_manager.execute.outcome import InstanceState
from multi_instance_manager.fan_out import begin
from multi_instance_manager.plan.causes import causes_text
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.proof.proof import Proof
from multi_instance_manager.proof.prove import prove
from multi_instance_manager.reports.proof import proof_report
from multi_instance_manager.reports.report import result_word
from multi_instance_manager.reports.verify import VerifiedInstance, VerifyReport
from multi_instance_manager.state.folder import refuse_closed
from multi_instance_manager.vitals.diagnosis import AT_REST_ON_PURPOSE
from multi_instance_manager.vitals.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.commands.look.instance_status import Seen
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.engine.protocol.engine import Reader
    from multi_instance_manager.vitals.diagnosis import Diagnosis

_SERVING = {Verdict.READY, Verdict.BUSY}
_UNWANTED_AT_REST = {Verdict.STOPPED.value, InstanceState.LEFT_ALONE.value}


class Verified(msgspec.Struct, frozen=True):
    """One instance, looked at from outside.

    ``state`` is the verdict on it, or why there is nothing to prove; ``problem`` a sentence.
    """

    member: Member
    state: str
    verdict: Verdict | None = None
    api_url: str | None = None
    proof: Proof | None = None
    problem: str | None = None
    drift: str | None = None

    @property
    def is_proven(self) -> bool:
        """Whether it serves and every check held."""
        return self.verdict in _SERVING and self.proof is not None and self.proof.passed

    @property
    def is_well(self) -> bool:
        """Whether it is proven, or is not meant to run."""
        return self.is_proven or self.is_at_rest

    @property
    def is_at_rest(self) -> bool:
        """Whether it does not run because a person wants it so."""
        may_rest = self.member.is_orphan or is_unwanted(self.member)
        on_purpose = self.verdict in AT_REST_ON_PURPOSE
        return on_purpose or (may_rest and self.state in _UNWANTED_AT_REST)

    def report(self) -> VerifiedInstance:
        """The instance as a member of the report."""
        container = self.member.container
        return VerifiedInstance(
            profile=self.member.profile_name,
            container=self.member.container_name,
            container_id=container.container_id if container else "",
            state=self.state,
            condition=self.verdict,
            api_url=self.api_url,
            proof=proof_report(self.proof),
            problem=self.problem,
            drift=self.drift,
        )


class VerifyResult(msgspec.Struct, frozen=True):
    """The proof of every instance that was asked for."""

    seen: Survey
    instances: tuple[Verified, ...]

    def report(self) -> VerifyReport:
        """The report of `verify`; what does not run, or is not proven, makes it a failure."""
        is_well = all(one.is_well for one in self.instances)
        code = ExitCode.OK if is_well else ExitCode.INSTANCE_FAILED
        settings = self.seen.settings
        return VerifyReport(
            exit_code=int(code),
            result=result_word(code),
            project_root=str(settings.project_root),
            fleet=settings.container_prefix,
            message=_message(self.instances),
            instances=tuple(one.report() for one in self.instances),
        )


def verify(request: Request, *, is_deep: bool = False) -> VerifyResult:
    """Look at the instances asked for, or at all; raises `Refused`, `StateError`, `UsageProblems`.

    ``is_deep``: those that look ready are asked a real question, too.
    Each is held against how it was launched, so that no option of its launch need be given again.
    """
    if is_deep:
        question_of(request.settings)
    seen, engine = looked_at(request), request.engine()
    refuse_closed(seen.layout.top)
    members = chosen(members_of(seen), request.patterns)
    looks = (deeply_seen if is_deep else seen_members)(seen, engine, members)
    at_once = request.settings.timeouts.parallel
    found = begin(lambda look: _verified(seen, engine, look), looks, at_once=at_once)()
    return VerifyResult(seen, tuple(found))


def _message(instances: Sequence[Verified]) -> str:
    if not instances:
        return "there is no instance to prove"
    shown = [one for one in instances if one.proof is not None and one.proof.passed]
    unwell = sum(1 for one in shown if not one.is_well)
    resting = sum(1 for one in instances if one.is_at_rest)
    parts = [f"{len(shown)} of {len(instances)} proven"]
    parts += [f"{unwell} of them not well"] if unwell else []
    parts += [f"{resting} at rest"] if resting else []
    return ", ".join(parts)


def _verified(seen: Survey, engine: Reader, look: Seen) -> Verified:
    member = look.member
    refused = not_ours(member) or shared(member) or not_launched(member)
    if refused is not None:
        return Verified(member, refused.state.value, problem=refused.problem)
    found = diagnosis_of(look)
    if found.verdict in AT_REST_ON_PURPOSE:
        return Verified(member, found.verdict.value, found.verdict)
    if not look.reading.runs:
        told = sentence(found, look.redact, now=look.now)
        why = f"`multi-instance explain {quote(member.profile_name)}` says why"
        problem = f"does not run: {told}; {why}"
        return Verified(member, found.verdict.value, found.verdict, problem=problem)
    return _proven(seen, engine, look, found)


def _proven(seen: Survey, engine: Reader, look: Seen, found: Diagnosis) -> Verified:
    member, verdict = look.member, found.verdict
    if member.container is None:
        raise TypeError("only a container can be proven")
    expected = expectation_of(seen, member.container_name, member.container)
    url = expected.spec.api_url
    drift = _drift(member)
    try:
        proof = prove(engine, member.container.container_id, expected)
    except EngineError as problem:
        return Verified(member, "not proven", verdict, url, problem=str(problem), drift=drift)
    failure = _shortcoming(proof)
    if verdict not in _SERVING:
        failure = f"is not well: {sentence(found, look.redact, now=look.now)}"
    return Verified(member, verdict.value, verdict, url, proof, problem=failure, drift=drift)


def _shortcoming(proof: Proof) -> str | None:
    """Why a proof does not count, in words; None where it does."""
    if proof.passed:
        return None
    word = "its proof failed" if proof.failures else "not everything is proven"
    checks = proof.failures or proof.not_shown
    return f"{word}: {'; '.join(f'{check.name}: {check.seen}' for check in checks)}"


def _drift(member: Member) -> str | None:
    """Why the next `up` would make another of it."""
    planned = member.operation
    if planned is None or planned.kind is not OperationKind.REPLACE:
        return None
    return causes_text(planned.causes)
