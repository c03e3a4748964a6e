"""The result of `verify` as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.render.proofs import CELL_COLOURS, proof_notes, proof_sheet, proof_word
from multi_instance_manager.render.sheets import sheet_text
from multi_instance_manager.render.tables import Sheet
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.reports.verify import VerifyReport


def remarks(report: VerifyReport) -> Iterator[str]:
    """Return the problems, and what the next launch would change."""
    for one in report.instances:
        if one.problem:
            yield f"{one.state}: profile {printable(one.profile)}: {printable(one.problem)}"
        if one.drift:
            yield f"{one.container}: `up` would replace it: {printable(one.drift)}"
    yield from proof_notes((one.profile, one.proof) for one in report.instances)


def verify_text(report: VerifyReport) -> str:
    """Return the instances, then the proof as in `up`."""
    rows = tuple(
        (
            printable(one.profile),
            one.container,
            one.api_url or "-",
            one.state,
            proof_word(one.proof),
        )
        for one in report.instances
    )
    sheet = Sheet(("PROFILE", "CONTAINER", "API URL", "STATE", "PROOF"), rows, ("CONTAINER",))
    proofs = proof_sheet((one.profile, one.proof) for one in report.instances)
    sheets = [sheet] if rows else []
    sheets += [proofs] if proofs else []
    tables = "".join(f"{sheet_text(one, CELL_COLOURS)}\n" for one in sheets)
    return f"{tables}{printable(report.message)}\n"
