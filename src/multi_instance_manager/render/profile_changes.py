"""Changes of saved profiles as text: enabled, disabled, removed. Pure."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from multi_instance_manager.reports.profile_remove import Removal
from multi_instance_manager.reports.profile_switch import NextUp
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.reports.profile_remove import ProfileRemoveReport, RemovedProfile
    from multi_instance_manager.reports.profile_switch import ProfileSwitchReport, SwitchedProfile

_NEXT = {
    NextUp.LAUNCH: "the next `up` launches its instance",
    NextUp.UPDATE: "the next `up` keeps its instance up to date",
    NextUp.REMOVE: "the next `up` saves its session, then stops and removes its instance",
    NextUp.NOTHING: "it has no instance, and the next `up` launches none",
}


def switched_lines(report: ProfileSwitchReport) -> list[str]:
    """Return what was switched, and what the next `up` does about each."""
    changed = any(one.is_changed for one in report.profiles)
    file = [f"written to {printable(report.file)}"] if changed else []
    return [*map(_switched, report.profiles), *file]


def _switched(one: SwitchedProfile) -> str:
    word = "enabled" if one.is_enabled else "disabled"
    already = "" if one.is_changed else " already"
    return f"profile {printable(one.profile)}: is {word}{already}; {_NEXT[one.next_up]}"


def removed_lines(report: ProfileRemoveReport) -> list[str]:
    """Return what became of each profile, and how to get it back."""
    lines = list(map(_removed, report.profiles))
    if report.settings_left_in:
        file = printable(report.settings_left_in)
        lines.append(f"{file}: still has settings for what was removed; remove them, or restore it")
    return lines


def removal_remarks(report: ProfileRemoveReport) -> list[str]:
    """Return messages for standard error: notes on the instances, and warnings."""
    notes = [f"{one.profile}: {note}" for one in report.profiles for note in one.notes]
    return [printable(line) for line in (*notes, *(f"warning: {w}" for w in report.warnings))]


def _removed(one: RemovedProfile) -> str:
    subject = f"profile {printable(one.profile)}"
    if one.result is Removal.KEPT:
        return f"{subject}: stays in the pool; {printable(one.problem or '')}"
    if one.result is Removal.PURGED:
        return f"{subject}: was deleted for good, with its history"
    back = f"`multi-instance profiles restore {quote(printable(one.profile))}` brings it back"
    return f"{subject}: was moved with its history to {printable(one.trash or '')}; {back}"
