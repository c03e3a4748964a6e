"""Proves again that each instance runs on its own profile alone. Reads only, and locks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import EngineError
from multi_instance_manager.execute import InstanceState
from multi_instance_manager.execute.launch import health_url
from multi_instance_manager.fan_out import begin
from multi_instance_manager.http_probe import get
from multi_instance_manager.observed import ContainerState
from multi_instance_manager.operations.connection import Connection
from multi_instance_manager.operations.expectations import expectation_of
from multi_instance_manager.operations.members import Member, chosen, members_of
from multi_instance_manager.operations.picking import is_unwanted, not_launched, not_ours
from multi_instance_manager.operations.rounds import looked_at
from multi_instance_manager.plan import Kind
from multi_instance_manager.private_files import refuse_closed
from multi_instance_manager.proof import Proof, prove

if TYPE_CHECKING:
    from multi_instance_manager.engine.protocol import Reader
    from multi_instance_manager.operations.rounds import Request
    from multi_instance_manager.operations.survey import Survey

_PROBE_TIMEOUT_S = 10.0
_AT_REST = {"stopped", InstanceState.LEFT_ALONE.value}


_WHY = "`multi-instance explain` says why"


class Verified(msgspec.Struct, frozen=True):
    """One instance, looked at from outside.

    ``state`` is ``ready``, ``not ready``, or why there is nothing to prove; ``problem`` a sentence.
    """

    member: Member
    state: str
    api_url: str | None = None
    proof: Proof | None = None
    problem: str | None = None
    drift: str | None = None

    @property
    def is_proven(self) -> bool:
        """Whether it answers and every check held."""
        return self.state == "ready" and self.proof is not None and self.proof.passed

    @property
    def is_well(self) -> bool:
        """Whether it is proven, or nobody asks it to run."""
        may_rest = self.member.is_orphan or is_unwanted(self.member)
        return self.is_proven or (may_rest and self.state in _AT_REST)


class VerifyResult(msgspec.Struct, frozen=True):
    """The proof of every instance that was asked for."""

    seen: Survey
    instances: tuple[Verified, ...]


def verify(request: Request) -> VerifyResult:
    """Look at the instances asked for, or at all; raises `Refused`, `StateError`, `UsageProblems`.

    Each is held against how it was launched, so that no option of its launch need be given again.
    """
    connection = Connection(request.settings, request.environment)
    seen, engine = looked_at(connection), connection.engine()
    refuse_closed(seen.layout.top)
    members = chosen(members_of(seen), request.patterns)
    at_once = request.settings.patience.parallel
    found = begin(lambda member: _verified(seen, engine, member), members, at_once=at_once)()
    return VerifyResult(seen, tuple(found))


def _verified(seen: Survey, engine: Reader, member: Member) -> Verified:
    refused = not_ours(member) or not_launched(member)
    if refused is not None:
        return Verified(member, refused.state.value, problem=refused.problem)
    container = member.container
    if container is None:
        raise TypeError("what was launched has a container")
    if container.state is not ContainerState.RUNNING:
        state = "stopped" if not container.is_up else container.state.value
        return Verified(member, state, problem=f"does not run (it is {container.state}); {_WHY}")
    return _proven(seen, engine, member, container.container_id)


def _proven(seen: Survey, engine: Reader, member: Member, container_id: str) -> Verified:
    if member.container is None:
        raise TypeError("only a container can be proven")
    expected = expectation_of(seen, member.container_name, member.container)
    url = expected.spec.api_url
    drift = _drift(member)
    try:
        readiness = seen.settings.application.readiness
        health = get(health_url(expected.spec, readiness), timeout_s=_PROBE_TIMEOUT_S)
        proof = prove(engine, container_id, expected)
    except EngineError as problem:
        return Verified(member, "not proven", url, problem=str(problem), drift=drift)
    if health.status != readiness.status:
        reason = f"is not ready: {readiness.path} {health.said}"
        return Verified(member, "not ready", url, proof, problem=reason, drift=drift)
    return Verified(member, "ready", url, proof, problem=_shortcoming(proof), drift=drift)


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
    if planned is None or planned.kind is not Kind.REPLACE:
        return None
    return ", ".join(planned.causes)
