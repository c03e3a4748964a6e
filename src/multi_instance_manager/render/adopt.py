"""The text of `adopt`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multi_instance_manager.reports.adopt import AdoptReport


def adopt_text(report: AdoptReport) -> str:
    """Return where the fleet is now, and the next step."""
    if report.way is None:
        return "nothing to adopt: the fleet is at home here\n"
    lines = [f"adopted: {name}" for name in report.containers]
    came = f"{report.way}: {report.before}"
    lines.append(f"{report.fleet} is at home in {report.project_root} now ({came})")
    if report.containers:
        lines.append("`multi-instance up` makes its containers anew on the folders that are here")
    return "".join(f"{line}\n" for line in lines)
