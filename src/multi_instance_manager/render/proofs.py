"""Proofs of a report as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.render.tables import Sheet
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from multi_instance_manager.reports.proof import ProofReport

    Proofs = Iterable[tuple[str, ProofReport | None]]

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
_MOST_NAMES = 2


def proof_word(proof: ProofReport | None) -> str:
    """Return a proof in a word or two."""
    if proof is None:
        return "-"
    if proof.result == "passed":
        return "proven"
    word = "FAILED" if proof.result == "failed" else "not shown"
    names = [c.name for c in proof.checks if c.required and c.result == proof.result]
    return f"{word}: {', '.join(names)}"


def proof_notes(proofs: Proofs) -> list[str]:
    """One line for all instances of which a check that is not required showed the same."""
    profiles: dict[tuple[str, str], list[str]] = {}
    for profile_name, proof in proofs:
        for check in proof.checks if proof else ():
            if not check.required and check.result != "passed":
                profiles.setdefault((check.name, check.seen), []).append(profile_name)
    return [
        f"note: {name} port of {_first_of(names)}: {seen}; --require-{name} makes that a failure"
        for (name, seen), names in profiles.items()
    ]


def _first_of(names: Sequence[str]) -> str:
    first = f"profile {printable(names[0])}"
    return first if len(names) == 1 else f"{first} and {len(names) - 1} more"


def shown_proofs(proofs: Proofs, *, shows_all: bool) -> list[tuple[str, ProofReport | None]]:
    """Return the proofs whose checks are shown: all, or those that did not pass."""
    return [
        (name, proof)
        for name, proof in proofs
        if shows_all or (proof is not None and proof.result != "passed")
    ]


def proof_sheet(proofs: Proofs) -> Sheet | None:
    """A column for each check, a row for each profile whose instance was proven: what was seen."""
    made = [(printable(name), proof) for name, proof in proofs if proof]
    names = list(dict.fromkeys(check.name for _, proof in made for check in proof.checks))
    rows = []
    for profile_name, proof in made:
        seen = {check.name: printable(check.seen) for check in proof.checks}
        rows.append((profile_name, *(seen.get(name, "-") for name in names)))
    columns = ("PROFILE", *(name.upper() for name in names))
    return Sheet(columns, tuple(rows), narrow=_check_by_check(made)) if made else None


def _check_by_check(made: Sequence[tuple[str, ProofReport]]) -> Sheet:
    """A row for each check and what was seen, with the profiles."""
    profiles: dict[tuple[str, str], list[str]] = {}
    for name in dict.fromkeys(check.name for _, proof in made for check in proof.checks):
        for profile_name, proof in made:
            for check in proof.checks:
                if check.name == name:
                    profiles.setdefault((name, printable(check.seen)), []).append(profile_name)
    rows = ((name, seen, _named(names, len(made))) for (name, seen), names in profiles.items())
    return Sheet(("CHECK", "SEEN", "PROFILES"), tuple(rows))


def _named(names: Sequence[str], made: int) -> str:
    """Return the profiles in a few words."""
    if len(names) == made > 1:
        return f"all {made}"
    shown = ", ".join(names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown} and {len(names) - _MOST_NAMES} more"
