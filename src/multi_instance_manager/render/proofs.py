"""The proofs of a report as text, as in `up`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.render.up_text import proof_in_words, sheet_of_proofs, what_is_only_told
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multi_instance_manager.render.tables import Sheet
    from multi_instance_manager.reports.proof import ProofReport

CELL_COLOURS = {
    "ready": "green",
    "proven": "green",
    "started": "yellow",
    "stopped": "yellow",
    "orphan": "yellow",
    "held": "yellow",
    "interrupted": "yellow",
    "failed": "red",
    "FAILED": "red",
    "rolled": "red",
    "rollback": "red",
    "quarantined": "red",
    "torn,": "red",
    "not": "yellow",
}


def proof_word(proof: ProofReport | None) -> str:
    """Return a proof in a word or two."""
    if proof is None:
        return "-"
    required = [check for check in proof.checks if check.required]
    names = [check.name for check in required if check.result == proof.result]
    return proof_in_words(proof.result, names)


def proof_notes(proofs: Iterable[tuple[str, ProofReport | None]]) -> list[str]:
    """Return remarks on the proofs that are no failures."""
    return what_is_only_told((name, proof.checks) for name, proof in proofs if proof)


def proof_sheet(proofs: Iterable[tuple[str, ProofReport | None]]) -> Sheet | None:
    """Return what each verified instance showed."""
    seen = [
        (printable(name), [(check.name, printable(check.seen)) for check in proof.checks])
        for name, proof in proofs
        if proof
    ]
    return sheet_of_proofs(seen) if seen else None
