"""The text of the doctor's report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.render.hanging import hanging
from multi_instance_manager.render.marks import marked
from multi_instance_manager.text.plurals import counted
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.reports.doctor import DoctorCheck, DoctorReport

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red", "skipped": "bright_black"}
_WIDTH = max(len(word) for word in _COLOURS)


def doctor_text(report: DoctorReport) -> str:
    """Return a line for each check, its next step below it, and the total at the end.

    On a terminal, long lines wrap below their own column.
    """
    width = max((len(printable(check.name)) for check in report.checks), default=0)
    lines = [line for check in report.checks for line in _lines(check, width)]
    return "\n".join([*lines, "", _sum(report)]) + "\n"


def _lines(check: DoctorCheck, width: int) -> Iterator[str]:
    verdict = marked(check.verdict.ljust(_WIDTH), _COLOURS[check.verdict])
    begin = _WIDTH + width + 4
    yield f"{verdict}  {printable(check.name).ljust(width)}  {hanging(check.seen, begin)}"
    if check.next_step:
        yield f"{' ' * begin}→ {hanging(check.next_step, begin + 2)}"


def _sum(report: DoctorReport) -> str:
    if not report.errors and not report.warnings:
        return "all well"
    counts = ((report.errors, "error"), (report.warnings, "warning"))
    return ", ".join(counted(n, noun) for n, noun in counts if n)
