"""Which proofs are shown check by check."""

from __future__ import annotations

from multi_instance_manager.render.proofs import proof_sheet, shown_proofs
from multi_instance_manager.reports.proof import ProofCheck, ProofReport, Result


def proof(result: Result) -> ProofReport:
    passed = result == "passed"
    check = ProofCheck(name="key", passed=passed, result=result, required=True, seen="refused")
    return ProofReport(passed=passed, result=result, checks=(check,))


PROOFS = [("a", proof("passed")), ("b", proof("failed")), ("c", None), ("d", proof("not shown"))]


def rows(*, shows_all: bool) -> list[str]:
    sheet = proof_sheet(shown_proofs(PROOFS, shows_all=shows_all))
    return [row[0] for row in sheet.rows] if sheet else []


def test_only_proofs_that_did_not_pass_are_shown_unless_all_are_asked_for() -> None:
    assert rows(shows_all=False) == ["b", "d"]
    assert rows(shows_all=True) == ["a", "b", "d"]


def test_without_a_failed_proof_there_is_no_table() -> None:
    assert proof_sheet(shown_proofs(PROOFS[:1], shows_all=False)) is None
