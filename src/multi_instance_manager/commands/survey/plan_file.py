"""Reads the plan that a person has looked at, to be carried out as it was or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.files.owned_files import read_owned
from multi_instance_manager.findings import Finding, error
from multi_instance_manager.reports.up import PlanReport
from multi_instance_manager.text.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.plan.plan import Plan

PLAN_SCHEMA = str(PlanReport.__struct_config__.tag)
_MOVED = "was made with other options, or the state has moved since"
_MAKE_ANEW = "make it anew with `multi-instance plan --output json`"


class _PlanFile(msgspec.Struct):
    schema: str
    fingerprint: str


def check_plan_file(path: Path | None, plan: Plan) -> list[Finding]:
    """What keeps the plan at hand from being the one in the file; nothing without a file."""
    if path is None:
        return []
    subject = f"plan {path}"
    try:
        expected = msgspec.json.decode(read_owned(path), type=_PlanFile)
    except OSError as problem:
        return [error("plan-file", subject, f"cannot be read ({problem.strerror})", _MAKE_ANEW)]
    except JSON_FAULTS:
        return [error("plan-file", subject, "is not a plan in JSON", _MAKE_ANEW)]
    if expected.schema != PLAN_SCHEMA:
        return [error("plan-file", subject, "is not a plan of this version", _MAKE_ANEW)]
    if expected.fingerprint != plan.fingerprint:
        return [error("plan-moved", subject, _MOVED, _MAKE_ANEW)]
    return []
