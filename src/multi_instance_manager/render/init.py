"""The text of `init`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.reports.init import InitReport


def init_text(report: InitReport) -> str:
    """Return the file, its settings, what is missing, and the next step."""
    lines = [f"wrote {printable(report.file)}"]
    lines += [f"  {printable(one.key)} = {printable(one.value)}" for one in report.settings]
    if report.kept_as:
        lines.append(f"the earlier file is {printable(report.kept_as)}")
    lines += [printable(note) for note in report.notes]
    lines.append("next: multi-instance plan, then multi-instance up")
    return "".join(f"{line}\n" for line in lines)
