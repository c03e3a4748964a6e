"""Changes of saved profiles as text: enabled, disabled, removed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.reports.profile_switch import NextUp
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
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
