"""Gives a saved profile another name; its instance follows at the next `up`."""

from __future__ import annotations

import difflib
import os
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from multi_instance_manager.commands.profiles.config_change import change_config
from multi_instance_manager.errors import StateError, UsageProblems
from multi_instance_manager.files.atomic_exchange import rename_new
from multi_instance_manager.files.private_files import said
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.reports.profile_rename import ProfileRenameReport
from multi_instance_manager.sessions.history import move_versions
from multi_instance_manager.sessions.pool import SUFFIX, names_in
from multi_instance_manager.sessions.profile_names import fault_of_name
from multi_instance_manager.settings.config_edit import with_new_name
from multi_instance_manager.state import records
from multi_instance_manager.state.lock import fleet_lock
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.state.layout import StateLayout


def rename_profile(request: Request, old_name: str, new_name: str) -> ProfileRenameReport:
    """Rename the file; never over another one.

    The history goes with it, a lease that is free, and its settings in the configuration file.

    A container that stands is left to the next `up`, which knows the login by what it holds.
    Raises `UsageProblems` where a name will not do; nothing is touched then.
    """
    settings, layout = request.settings, request.layout
    was_launched = layout.top.is_dir()
    lock = fleet_lock(layout, timeout_s=settings.timeouts.lock_timeout_s)
    with lock if was_launched else nullcontext():
        _refuse(settings, old_name, new_name)
        target = settings.profile_dir / f"{new_name}{SUFFIX}"
        with said(target):
            try:
                rename_new(settings.profile_dir / f"{old_name}{SUFFIX}", target)
            except FileExistsError:
                raise UsageProblems([_taken(new_name)]) from None
        if was_launched:
            with suppress(StateError):  # the next launch does it
                _carry_over(layout, old_name, new_name)
    has_settings = old_name in settings.overrides and settings.config_path is not None
    file = str(settings.config_path) if has_settings else None
    has_moved = has_settings and _move_settings(settings, old_name, new_name)
    return ProfileRenameReport(
        profile=new_name,
        before=old_name,
        file=str(target),
        settings_moved_in=file if has_moved else None,
        settings_left_in=None if has_moved else file,
    )


def _move_settings(settings: Settings, old_name: str, new_name: str) -> bool:
    """Whether the configuration file has them under the new name; if not, they are as they were."""
    with suppress(UsageProblems, StateError):  # the report says what to do by hand
        return change_config(settings, lambda text: with_new_name(text, old_name, new_name))
    return False


def _refuse(settings: Settings, old_name: str, new_name: str) -> None:
    folder = settings.profile_dir
    fault = fault_of_name(new_name)
    if fault:
        raise UsageProblems([f"profile name {printable(new_name)!r}: {fault}; choose another one"])
    if os.path.lexists(folder / f"{new_name}{SUFFIX}"):
        raise UsageProblems([_taken(new_name)])
    if fault_of_name(old_name) or not os.path.lexists(folder / f"{old_name}{SUFFIX}"):
        near = difflib.get_close_matches(old_name, names_in(folder), n=1)
        step = f"; did you mean {printable(near[0])}?" if near else ""
        raise UsageProblems([f"profile {printable(old_name)}: is not in {folder}{step}"])


def _taken(name: str) -> str:
    return f"profile {printable(name)}: is in the pool already; choose another name"


def _carry_over(layout: StateLayout, old_name: str, new_name: str) -> None:
    """The history; and the lease of one that has nothing else that it could be known by."""
    old, new = (container_name_of(layout.fleet, name) for name in (old_name, new_name))
    move_versions(layout, old, new)
    slots = records.read_ledger(layout)
    if old_name in slots and new_name not in slots and not layout.custody_record(old).exists():
        slots[new_name] = slots.pop(old_name)
        records.write_ledger(layout, slots)
