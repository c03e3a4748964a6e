"""The saved profiles as text: the list, the findings, an added profile. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.render.endings import ending_text
from multi_instance_manager.render.hanging import below
from multi_instance_manager.render.profile_history import kept_words
from multi_instance_manager.render.tables import Sheet
from multi_instance_manager.reports.profile_add import Added, ComparedWith
from multi_instance_manager.sessions.login_state import LoginState
from multi_instance_manager.text.amounts import rough_span_text, size_text
from multi_instance_manager.text.plurals import counted
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from datetime import datetime

    from multi_instance_manager.reports.profile_add import (
        AddedProfile,
        ProfileAddReport,
        TwinProfile,
    )
    from multi_instance_manager.reports.profile_check import ProfileCheckReport
    from multi_instance_manager.reports.profile_list import ProfileEntry, ProfileListReport
    from multi_instance_manager.reports.profile_rename import ProfileRenameReport

COLOURS = {
    "valid": "green",
    "invalid": "red",
    "disabled": "yellow",
    "expired": "red",
    "gone": "red",
    "no": "red",
}
_NOTHING = "-"
_COMPARED = {
    ComparedWith.POOL: "its file in the pool,",
    ComparedWith.INSTANCE: "the newer session of its instance,",
    ComparedWith.GIVEN: "the login just added from",
}


def profiles_sheet(report: ProfileListReport) -> Sheet:
    """A row for each profile."""
    return Sheet(
        ("PROFILE", "VALIDITY", "SIZE", "REFRESHED", "EXPIRES", "SAME LOGIN AS", "INSTANCE"),
        tuple(_row(one, report) for one in report.profiles),
        ("SIZE", "REFRESHED", "SAME LOGIN AS"),
    )


def profiles_lines(report: ProfileListReport) -> list[str]:
    """Return the remarks that do not fit into the rows."""
    lines = [f"{one.name}: {one.fault}" for one in report.profiles if one.fault]
    if not report.profiles:
        step = "`multi-instance profiles add FILE` adds one"
        lines.append(f"{report.folder}: holds no profile; {step}")
    if report.instances_unknown:
        lines.append(f"instances are not known: {report.instances_unknown}")
    return [below(line) for line in lines]


def _row(one: ProfileEntry, report: ProfileListReport) -> tuple[str, ...]:
    session, now = one.session, report.taken_at
    validity = _validity(one)
    state = one.instance.condition.value if one.instance else _NOTHING
    return (
        printable(one.name),
        validity if one.is_enabled else f"disabled, {validity}",
        _NOTHING if one.size_bytes is None else size_text(one.size_bytes),
        _ago(session.refreshed_at if session else None, now),
        ending_text(session, now),
        printable(", ".join(one.same_login_as)) or _NOTHING,
        "?" if report.instances_unknown else state,
    )


def _validity(one: ProfileEntry) -> str:
    if not one.is_valid:
        return "invalid"
    no_login = LoginState.NO_LOGIN.value
    return no_login if one.session and one.session.state == no_login else "valid"


def _ago(at: datetime | None, now: datetime) -> str:
    return f"{rough_span_text((now - at).total_seconds())} ago" if at else _NOTHING


def check_lines(report: ProfileCheckReport) -> list[str]:
    """Return a line for each finding, then a summary."""
    lines = [f"{one.severity}: {printable(one.sentence())}" for one in report.findings]
    found = len(report.findings)
    problems = counted(found, "problem") if found else "all well"
    return [*lines, f"{counted(len(report.checked), 'profile')} checked: {problems}"]


def added_lines(report: ProfileAddReport) -> list[str]:
    """Return what was done and the next step, then remarks on the logins."""
    return [line for one in report.profiles for line in _added(one)]


def _added(one: AddedProfile) -> list[str]:
    subject = f"profile {printable(one.profile)}"
    kept = kept_words(one.kept_as)
    done = {
        Added.ADDED: "is in the pool; run `multi-instance up` to launch its instance",
        Added.REPLACED: f"is replaced{kept}; run `multi-instance up` to launch its instance anew",
        Added.UNCHANGED: "is in the pool already; nothing was changed",
    }
    warnings = [f"{found.severity}: {printable(found.sentence())}" for found in one.findings]
    return [f"{subject}: {done[one.result]}", *warnings, *map(_twin, one.twins)]


def _twin(twin: TwinProfile) -> str:
    where = _COMPARED[twin.compared_with]
    return f"  {printable(twin.profile)}: compared with {where} {printable(twin.source)}"


def renamed_lines(report: ProfileRenameReport) -> list[str]:
    """Return what was done, the next step, and what the user must do."""
    new, old = printable(report.profile), printable(report.before)
    lines = [f"profile {new}: was {old}; run `multi-instance up`"]
    if report.settings_moved_in:
        lines.append(f"{report.settings_moved_in}: profiles.{old} is profiles.{new} now")
    if report.settings_left_in:
        lines.append(
            f"{report.settings_left_in}: has settings of profiles.{old}; "
            f"rename that table to profiles.{new}"
        )
    return lines
