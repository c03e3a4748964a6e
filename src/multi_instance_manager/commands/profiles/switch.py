"""Enables and disables profiles in the configuration file; the next `up` follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.commands.profiles.config_change import change_config, config_file_of
from multi_instance_manager.commands.survey.selection import select
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.reports.profile_switch import (
    NextUp,
    ProfileSwitchReport,
    SwitchedProfile,
)
from multi_instance_manager.sessions.pool import names_in
from multi_instance_manager.settings.config_edit import with_switch
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request


def switch_profiles(request: Request, *, enabled: bool) -> ProfileSwitchReport:
    """Write the switch of the named profiles; raises `UsageProblems` and changes nothing."""
    settings = request.settings
    names = select(request.patterns, names_in(settings.profile_dir)) if request.patterns else ()
    if not names:
        raise UsageProblems(["PROFILE: is missing; name at least one"])
    switched = [_switched(request, name, enabled=enabled) for name in names]
    change_config(settings, lambda text: _edited(text, names, enabled=enabled))
    return ProfileSwitchReport(file=str(config_file_of(settings)), profiles=tuple(switched))


def _edited(text: str, names: tuple[str, ...], *, enabled: bool) -> str:
    for name in names:
        text = with_switch(text, name, enabled=enabled)
    return text


def _switched(request: Request, name: str, *, enabled: bool) -> SwitchedProfile:
    layout = request.layout
    has_instance = layout.active_dir(container_name_of(layout.fleet, name)).is_dir()
    off = NextUp.REMOVE if has_instance else NextUp.NOTHING
    on = NextUp.UPDATE if has_instance else NextUp.LAUNCH
    return SwitchedProfile(
        profile=printable(name),
        is_enabled=enabled,
        is_changed=(name not in request.settings.disabled) is not enabled,
        next_up=on if enabled else off,
    )
