"""From what `down` did to the report that it answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.change.session_report import report_of
from multi_instance_manager.errors import ExitCode
from multi_instance_manager.reports.change import DownReport

if TYPE_CHECKING:
    from multi_instance_manager.commands.change.down import DownResult


def down_report(result: DownResult) -> DownReport:
    """The report; what a search found to be left makes it a failure."""
    layout = result.round.seen.layout
    report = report_of(
        DownReport,
        result.round,
        freed=result.freed,
        history=str(layout.top / "history"),
        left=result.left,
    )
    if not report.instances and result.freed:
        number = len(result.freed)
        counted = "1 lease" if number == 1 else f"{number} leases"
        report = msgspec.structs.replace(report, message=f"{counted} freed")
    if result.left and report.exit_code == ExitCode.OK:
        code = int(ExitCode.INSTANCE_FAILED)
        report = msgspec.structs.replace(report, exit_code=code, result="failed")
    return report
