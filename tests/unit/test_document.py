"""The JSON document of a run: one versioned shape, however the run ended, and no secrets in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from multi_instance_manager.commands.survey.prepare import Prepared
from multi_instance_manager.errors import ExitCode
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.findings import error, warning
from multi_instance_manager.fleet.containers import Fleet
from multi_instance_manager.fleet.save_outcome import LastSave, Save, Unsaved
from multi_instance_manager.plan.reconcile import ReconcileContext, reconcile
from multi_instance_manager.proof.proof import Check, CheckResult, Proof
from multi_instance_manager.render.up_document import document
from multi_instance_manager.sessions.profile import Pool
from unit.builders import IMAGE, KEY, container_of, layout_of, some_host, some_settings, spec_of

STRAY = container_of(spec_of("gone"))


def prepared() -> Prepared:
    settings, spec = some_settings(), spec_of("user-a")
    return Prepared(
        settings,
        layout_of(settings),
        some_host(),
        Pool(),
        (spec,),
        {"user-a": 0},
        reconcile([spec], Fleet(strays=(STRAY,)), ReconcileContext()),
        (error("port", "profile user-a", "is held", "free it"), warning("memory", "memory", "low")),
    )


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
        "project_root": None,
        "fleet": None,
        "findings": [],
        "plan": [],
        "instances": [],
        "commands": None,
    }


def test_findings_and_plan_are_told_as_data() -> None:
    found = read(document(prepared(), result="refused", exit_code=ExitCode.REFUSED))

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
    launched, orphan = prepared().plan.operations
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

    text = document(
        prepared(), result="failed", exit_code=ExitCode.INSTANCE_FAILED, outcomes=outcomes
    )

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
        prepared(),
        result="dry-run",
        exit_code=ExitCode.OK,
        commands={"ai-proxy-user-a": ("docker run",)},
    )

    assert read(text)["commands"] == {"ai-proxy-user-a": ["docker run"]}


def test_no_document_has_the_key() -> None:
    (launched, _) = prepared().plan.operations
    outcome = Outcome(launched, InstanceState.READY, "id")

    text = document(prepared(), result="ok", exit_code=ExitCode.OK, outcomes=(outcome,))

    assert KEY not in text
