"""The result of `export`, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.text.plurals import counted
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.reports.export import ExportReport


def export_text(report: ExportReport) -> str:
    """Return the files, then what is lost in them."""
    number = counted(len(report.profiles), "instance")
    lines = [f"{number} exported for {report.format} to {printable(report.folder)}:"]
    for file in report.files:
        note = " (secrets; only its owner can read it)" if file.holds_secrets else ""
        lines.append(f"  {printable(file.name)}{note}")
    lines += ["", "Lost outside of the manager:"]
    lines += [f"- {lost.sentence}" for lost in report.lost]
    return "".join(f"{line}\n" for line in lines)
