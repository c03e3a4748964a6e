"""An error becomes a finding by its fields, whatever its text looks like."""

from __future__ import annotations

import copy
from pathlib import Path

from multi_instance_manager.errors import EngineError, InstanceFailed, ManagerError, StateError
from multi_instance_manager.findings import Finding, Severity, finding_of
from multi_instance_manager.state.records import UnreadableRecord


def test_fields_with_punctuation_are_not_taken_apart() -> None:
    problem = StateError("/srv/a: b; c", "is closed: 0600; root", "open it: `chmod`; try again")

    assert finding_of("state-folder", problem) == Finding(
        Severity.ERROR,
        "state-folder",
        "/srv/a: b; c",
        "is closed: 0600; root",
        "open it: `chmod`; try again",
    )
    assert finding_of("x", problem).sentence() == str(problem)


def test_a_damaged_record_is_told_with_its_path_as_the_subject() -> None:
    found = finding_of("record", UnreadableRecord(Path("/srv/x; y/leases.json")), Severity.WARNING)

    assert (found.subject, found.fact) == ("/srv/x; y/leases.json", "is damaged")
    assert found.next_step == "it is set aside and rebuilt at the next launch"


def test_an_error_with_a_sentence_only_is_told_by_it() -> None:
    assert str(ManagerError("not confirmed; nothing was touched")) == (
        "not confirmed; nothing was touched"
    )
    assert str(ManagerError("engine", "does not answer")) == "engine: does not answer"
    assert str(InstanceFailed("was not ready")) == "was not ready"


def test_an_engine_error_keeps_its_status_and_survives_a_copy() -> None:
    problem = EngineError("create", "the engine answered 409: a conflict", status=409)

    assert (problem.status, problem.fact) == (409, "the engine answered 409: a conflict")
    assert str(copy.copy(problem)) == str(problem)
