"""The text of an explanation: the verdict, the next step, the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.render.foreign_text import harmless
from multi_instance_manager.render.hanging import hanging
from multi_instance_manager.render.marks import marked
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.reports.explain import ExplainReport


def explain_text(report: ExplainReport) -> str:
    """Return the verdict first, then the evidence, then what to do."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: ExplainReport) -> Iterator[str]:
    yield marked(hanging(report.verdict, 0), "green" if report.is_well else "red")
    yield ""
    width = max((len(printable(fact.name)) for fact in report.evidence), default=0)
    for fact in report.evidence:
        yield f"  {printable(fact.name).ljust(width)}  {hanging(fact.seen, width + 4)}"
    if report.log_tail:
        yield f"  {'last log lines'.ljust(width)}"
        yield from (f"    {harmless(line)}" for line in report.log_tail)
    if report.next_steps:
        yield ""
        yield "next:"
        yield from (f"  {hanging(step, 2)}" for step in report.next_steps)
    if report.bundle:
        yield ""
        yield f"written for a bug report, without secrets: {printable(report.bundle)}"
