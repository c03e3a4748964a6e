"""The JSON document of a run: one versioned shape, however the run ended, and no secrets in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from multi_instance_manager.errors import ExitCode
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.findings import Finding, error, warning
from multi_instance_manager.fleet.containers import Fleet
from multi_instance_manager.fleet.save_outcome import LastSave, Save, Unsaved
from multi_instance_manager.plan.plan import Plan
from multi_instance_manager.plan.reconcile import ReconcileContext, reconcile
from multi_instance_manager.proof.proof import Check, CheckResult, Proof
from multi_instance_manager.reports.report import document_of
from multi_instance_manager.reports.up import up_report
from multi_instance_manager.settings.model import Settings
from unit.builders import IMAGE, KEY, container_of, some_settings, spec_of

STRAY = container_of(spec_of("gone"))


class Seen(msgspec.Struct, frozen=True):
    """As much of a survey as a report of a launch tells."""

    settings: Settings
    plan: Plan
    findings: tuple[Finding, ...]


def seen() -> Seen:
    plan = reconcile([spec_of("user-a")], Fleet(strays=(STRAY,)), ReconcileContext())
    held = error("port", "profile user-a", "is held", "free it")
    return Seen(some_settings(), plan, (held, warning("memory", "memory", "low")))


def document(*arguments: Any, **named: Any) -> str:
    return document_of(up_report(*arguments, **named))


def read(text: str) -> dict[str, Any]:
    assert text.endswith("}\n")
    content: dict[str, Any] = json.loads(text)
    return content


def test_a_run_that_ended_before_anything_was_known_is_still_a_document() -> None:
    found = read(document(None, result="failed", exit_code=ExitCode.REFUSED, message="no engine"))

    assert found == {
        "schema": "multi-instance/up/1",
        "result": "failed",
        "exit_code": 3,
        "message": "no engine",
        "elapsed_s": None,
        "project_root": None,
        "fleet": None,
        "findings": [],
        "plan": [],
        "instances": [],
        "commands": None,
    }


def test_findings_and_plan_are_told_as_data() -> None:
    found = read(document(seen(), result="refused", exit_code=ExitCode.REFUSED))

    assert found["fleet"] == "ai-proxy"
    assert found["project_root"] == "/srv/application"
    assert found["findings"] == [
        {
            "severity": "error",
            "code": "port",
            "subject": "profile user-a",
            "fact": "is held",
            "next_step": "free it",
        },
        {
            "severity": "warning",
            "code": "memory",
            "subject": "memory",
            "fact": "low",
            "next_step": "",
        },
    ]
    assert found["plan"] == [
        {
            "kind": "create",
            "profile": "user-a",
            "container": "ai-proxy-user-a",
            "causes": ["profile is new"],
        },
        {
            "kind": "orphan",
            "profile": "gone",
            "container": "ai-proxy-gone",
            "causes": ["profile is gone"],
        },
    ]


def test_an_instance_is_told_with_its_addresses_and_its_proof() -> None:
    launched, orphan = seen().plan.operations
    checks = (
        Check("api", CheckResult.PASSED, "answer"),
        Check("key", CheckResult.FAILED, "open"),
    )
    proof = Proof(checks, 0.0)
    outcomes = (
        Outcome(
            launched,
            InstanceState.FAILED,
            "id-1",
            proof,
            1_700_000_000.1234,
            "its proof failed",
            ("last line",),
            Path("/srv/failures/x.log"),
            ("a note",),
            last_save=LastSave(Save.NOT_SAVED, Unsaved.KILLED),
        ),
        Outcome(orphan, InstanceState.ORPHAN, "id-2"),
    )

    text = document(seen(), result="failed", exit_code=ExitCode.INSTANCE_FAILED, outcomes=outcomes)

    first, second = read(text)["instances"]
    assert first == {
        "profile": "user-a",
        "container": "ai-proxy-user-a",
        "container_id": "id-1",
        "image": IMAGE.name,
        "image_id": IMAGE.image_id,
        "api_url": "http://127.0.0.1:2048",
        "api_port": 2048,
        "stream_port": 3120,
        "operation": "create",
        "state": "failed",
        "condition": None,
        "proof": {
            "passed": False,
            "result": "failed",
            "checks": [
                {
                    "name": "api",
                    "passed": True,
                    "result": "passed",
                    "required": True,
                    "seen": "answer",
                },
                {
                    "name": "key",
                    "passed": False,
                    "result": "failed",
                    "required": True,
                    "seen": "open",
                },
            ],
        },
        "proven_at": "2023-11-14T22:13:20.123000Z",
        "last_save": "not saved",
        "unsaved_reason": "killed",
        "problem": "its proof failed",
        "next_step": "`multi-instance explain user-a` says why",
        "log_tail": ["last line"],
        "log_file": "/srv/failures/x.log",
        "notes": ["a note"],
    }
    assert second.keys() == first.keys()
    assert second["state"] == "orphan"
    assert second["api_url"] is None
    assert second["proof"] is None


def test_the_commands_of_a_dry_run_are_part_of_it() -> None:
    text = document(
        seen(),
        result="dry-run",
        exit_code=ExitCode.OK,
        commands={"ai-proxy-user-a": ("docker run",)},
    )

    assert read(text)["commands"] == {"ai-proxy-user-a": ["docker run"]}


def test_no_document_has_the_key() -> None:
    (launched, _) = seen().plan.operations
    outcome = Outcome(launched, InstanceState.READY, "id")

    text = document(seen(), result="ok", exit_code=ExitCode.OK, outcomes=(outcome,))

    assert KEY not in text
