"""The results of stop, start, restart, down and sync as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.render.hanging import below
from multi_instance_manager.render.instances import (
    closing_text,
    launch_sheet,
    remarks_on,
    with_last_saves,
)
from multi_instance_manager.render.proofs import (
    CELL_COLOURS,
    proof_notes,
    proof_sheet,
    shown_proofs,
)
from multi_instance_manager.render.sheets import sheet_text
from multi_instance_manager.render.tables import Sheet
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.reports.change import ChangeReport, DownReport


def remarks(report: ChangeReport) -> Iterator[str]:
    """Return messages for standard error: failures with their last log lines, and notes."""
    for one in report.instances:
        yield from remarks_on(one)
    yield from proof_notes((one.profile, one.proof) for one in report.instances)
    yield from (f"warning: {printable(warning)}" for warning in report.warnings)


def sessions_text(report: ChangeReport, hint: str = "") -> str:
    """Return the result of each instance and of its session."""
    rows = [
        (printable(one.profile), one.container, one.state, one.session or "-")
        for one in report.instances
    ]
    sheet = Sheet(("PROFILE", "CONTAINER", "STATE", "SESSION"), tuple(rows), ("CONTAINER",))
    return _with_closing(with_last_saves(sheet, report.instances), _closing(report) + hint)


def stop_text(report: ChangeReport) -> str:
    """Return the sessions, and a note that the next launch starts the instances again."""
    hint = ""
    if any(one.state == "stopped" for one in report.instances):
        hint = "; they stay so until `multi-instance start`, or the next `up`, starts them again"
    return sessions_text(report, hint)


def launches_text(report: ChangeReport, *, shows_checks: bool = False) -> str:
    """How each instance serves, and its proof; the checks of those that did not pass, or of all."""
    made = ((one.profile, one.proof) for one in report.instances)
    proofs = proof_sheet(shown_proofs(made, shows_all=shows_checks))
    closing = _closing(report)
    text = _with_closing(proofs, closing) if proofs else f"{below(closing)}\n"
    sheet = launch_sheet(report.instances)
    return f"{sheet_text(sheet, CELL_COLOURS)}\n{text}" if sheet.rows else text


def down_text(report: DownReport) -> str:
    """Return what was removed, what stays, and what a search found."""
    lines = [f"freed: the ports of {printable(name)}" for name in report.freed]
    if report.instances:
        lines.append(
            f"the pool's profiles stay; earlier versions of sessions stay in {report.history}"
        )
    lines += [f"left: {printable(thing)}" for thing in report.left or ()]
    if report.left == ():
        lines.append("verified: no container and no private file of these instances is left")
    return "".join([sessions_text(report), *(f"{below(line)}\n" for line in lines)])


def _closing(report: ChangeReport) -> str:
    return closing_text(report.message, report.elapsed_s if report.instances else None)


def _with_closing(sheet: Sheet, closing: str) -> str:
    table = f"{sheet_text(sheet, CELL_COLOURS)}\n" if sheet.rows else ""
    return f"{table}{below(closing)}\n"
