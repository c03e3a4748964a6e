"""The result of a run as one versioned JSON document. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.plan_file import PLAN_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.errors import ExitCode
    from multi_instance_manager.execute import Outcome
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.operations.prepare import Prepared
    from multi_instance_manager.plan import Operation
    from multi_instance_manager.proof import Proof

SCHEMA = "multi-instance/up/1"


def document(
    prepared: Prepared | None,
    *,
    result: str,
    exit_code: ExitCode,
    outcomes: Sequence[Outcome] = (),
    message: str | None = None,
    commands: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """The document, indented, with a newline at its end."""
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "result": result,
        "exit_code": int(exit_code),
        "message": message,
        "findings": [],
        "plan": [],
        "instances": [_instance(outcome) for outcome in outcomes],
    }
    if prepared is not None:
        content |= {
            "project_root": str(prepared.settings.project_root),
            "fleet": prepared.settings.container_prefix,
            "findings": [_finding(finding) for finding in prepared.findings],
            "plan": [_operation(operation) for operation in prepared.plan.operations],
        }
    if commands is not None:
        content["commands"] = {name: list(lines) for name, lines in commands.items()}
    return _indented(content)


def plan_document(prepared: Prepared, exit_code: ExitCode) -> str:
    """The plan as a document that `up --plan` takes back."""
    content = {
        "schema": PLAN_SCHEMA,
        "fingerprint": prepared.plan.fingerprint,
        "exit_code": int(exit_code),
        "project_root": str(prepared.settings.project_root),
        "fleet": prepared.settings.container_prefix,
        "findings": [_finding(finding) for finding in prepared.findings],
        "plan": [_operation(operation) for operation in prepared.plan.operations],
    }
    return _indented(content)


def _indented(content: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "subject": finding.subject,
        "fact": finding.fact,
        "next_step": finding.next_step,
    }


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "kind": operation.kind.value,
        "profile": operation.profile_name,
        "container": operation.container_name,
        "causes": list(operation.causes),
    }


def _instance(outcome: Outcome) -> dict[str, Any]:
    operation, spec = outcome.operation, outcome.operation.spec
    return {
        "profile": operation.profile_name,
        "container": operation.container_name,
        "container_id": outcome.container_id,
        "image": spec.image.name if spec else None,
        "image_id": spec.image.image_id if spec else None,
        "api_url": spec.api_url if spec else None,
        "api_port": spec.host_ports[0] if spec else None,
        "stream_port": spec.host_ports[1] if spec else None,
        "operation": operation.kind.value,
        "state": outcome.state.value,
        "proof": _proof(outcome.proof),
        "proven_at": _moment(outcome.proven_at),
        "problem": outcome.problem,
        "log_tail": list(outcome.log_tail),
        "log_file": str(outcome.log_file) if outcome.log_file else None,
        "notes": list(outcome.notes),
    }


def _proof(proof: Proof | None) -> dict[str, Any] | None:
    if proof is None:
        return None
    checks = [{"name": c.name, "passed": c.passed, "seen": c.seen} for c in proof.checks]
    return {"passed": proof.passed, "checks": checks}


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds")
