"""The versions of a session as text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.render.tables import Sheet
from multi_instance_manager.text.amounts import size_text
from multi_instance_manager.text.plurals import counted
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from datetime import datetime

    from multi_instance_manager.reports.profile_history import (
        CurrentVersionReport,
        ProfileHistoryReport,
        ProfileRestoreReport,
        VersionReport,
    )
    from multi_instance_manager.reports.profile_history_changes import (
        ChangedCookie,
        ProfileHistoryDiffReport,
        ProfileHistoryPruneReport,
    )

_COLUMNS = ("VERSION", "KEPT AT", "FROM", "COOKIES", "EXPIRES", "DIGEST", "SIZE", "")
_NOTHING = "-"


def history_sheet(report: ProfileHistoryReport) -> Sheet | None:
    """Return a row for each version and for the one in use, or None if none is kept."""
    rows = [_row(str(one.number), one.kept_at, one, _use_of(one)) for one in report.versions]
    if not rows:
        return None
    current = report.current
    if current is not None:
        rows.append(_row("now", current.saved_at, current, _used("in the pool", current)))
    return Sheet(_COLUMNS, tuple(rows))


def _row(
    label: str, at: datetime, one: VersionReport | CurrentVersionReport, use: str
) -> tuple[str, ...]:
    ends_at = one.login_expires_at
    return (
        label,
        f"{at.astimezone():%Y-%m-%d %H:%M:%S}",
        one.source.value,
        _NOTHING if one.cookies is None else str(one.cookies),
        f"{ends_at.astimezone():%Y-%m-%d}" if ends_at else _NOTHING,
        printable(one.digest),
        size_text(one.size_bytes),
        use,
    )


def _use_of(one: VersionReport) -> str:
    return _used("in the pool" if one.is_in_pool else "", one)


def _used(in_pool: str, one: VersionReport | CurrentVersionReport) -> str:
    return ", ".join(filter(None, (in_pool, "in its instance" if one.is_in_instance else "")))


def no_history_line(report: ProfileHistoryReport) -> str:
    """Return the text for a profile without earlier versions."""
    return f"profile {printable(report.profile)}: no earlier version is kept\n"


def diff_lines(report: ProfileHistoryDiffReport) -> list[str]:
    """Return a line for each cookie that differs, without its value, then a summary."""
    lines = [
        *(f"came     {_cookie(one)}, expires {_day(one.expires_after)}" for one in report.came),
        *(f"went     {_cookie(one)}, expired {_day(one.expired_before)}" for one in report.went),
        *(
            f"expiry   {_cookie(one)}, {_day(one.expired_before)} -> {_day(one.expires_after)}"
            for one in report.expiry_changed
        ),
    ]
    between = f"{printable(report.before)} and {printable(report.after)}"
    subject = f"profile {printable(report.profile)}: versions {between}"
    if report.is_same:
        return [f"{subject} are the same"]
    found = counted(len(lines), "cookie")
    return [*lines, f"{subject} differ in {found}; values are not compared"]


def _cookie(one: ChangedCookie) -> str:
    return f"{printable(one.name)} of {printable(one.domain) or _NOTHING}"


def _day(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at else "with the browser"


def pruned_line(report: ProfileHistoryPruneReport) -> str:
    """Return which versions were deleted."""
    subject = f"profile {printable(report.profile)}"
    kept = f"{counted(len(report.kept), 'version')} left"
    if not report.deleted:
        return f"{subject}: nothing was deleted; {kept}\n"
    numbers = ", ".join(map(str, report.deleted))
    return f"{subject}: deleted {counted(len(report.deleted), 'version')} ({numbers}); {kept}\n"


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
