"""The versions of a session as text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.render.tables import Sheet
from multi_instance_manager.text.amounts import size_text
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.reports.profile_history import (
        ProfileHistoryReport,
        ProfileRestoreReport,
    )


def history_sheet(report: ProfileHistoryReport) -> Sheet | None:
    """Return a row for each version, or None if there is none."""
    rows = tuple(
        (
            str(version.number),
            f"{version.kept_at.astimezone():%Y-%m-%d %H:%M:%S}",
            version.digest,
            size_text(version.size_bytes),
            "in the pool" if version.is_in_pool else "",
        )
        for version in report.versions
    )
    return Sheet(("VERSION", "KEPT AT", "DIGEST", "SIZE", ""), rows) if rows else None


def no_history_line(report: ProfileHistoryReport) -> str:
    """Return the text for a profile without earlier versions."""
    return f"profile {printable(report.profile)}: no earlier version is kept\n"


def kept_words(file_name: str | None) -> str:
    """Return what happened to the former login: its version, with which the file's name begins."""
    if not file_name:
        return ""
    return f" (what was there is kept as version {int(file_name.partition('-')[0])})"


def restored_line(report: ProfileRestoreReport) -> str:
    """Return what was done, and the next step."""
    if report.version is None:
        name = printable(report.profile)
        return f"profile {name}: is in the pool again, with its history; run `multi-instance up`\n"
    kept = kept_words(report.kept_as)
    return (
        f"profile {printable(report.profile)}: version {report.version} is in the pool{kept}; "
        "run `multi-instance up`\n"
    )
