"""Brings back an earlier version of a profile, or a profile that was removed."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING

from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.files.private_files import said
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.reports.profile_history import ProfileRestoreReport
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.harvest import put_in_pool
from multi_instance_manager.sessions.history import Version, versions
from multi_instance_manager.sessions.open_pools import file_in_pool
from multi_instance_manager.sessions.pool import SUFFIX, fault_of, names_in
from multi_instance_manager.sessions.trash import names_in_trash, take_from_trash, trashed
from multi_instance_manager.sessions.version_source import VersionSource
from multi_instance_manager.state.lock import fleet_lock
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.sessions.trash import Trashed
    from multi_instance_manager.settings.model import Settings


def restore(request: Request, profile_name: str, number: int) -> ProfileRestoreReport:
    """Put an earlier version back into the pool; what was there goes into the history.

    To the next `up` that is the owner's change: it replaces the instance. Versions come and go
    while another manager is at work, so they are looked at once more when it is not.
    """
    settings, layout = request.settings, request.layout
    container_name = container_name_of(settings.container_prefix, profile_name)
    version_of(request, profile_name, number)
    with fleet_lock(layout, timeout_s=settings.timeouts.lock_timeout_s):
        file = settings.profile_dir / f"{profile_name}{SUFFIX}"
        content = _content(version_of(request, profile_name, number), profile_name)
        custodian = Custodian(layout, settings.application.login)
        with said(file):
            target = file_in_pool(settings, profile_name)
        source = VersionSource.RESTORE
        replaced = put_in_pool(custodian, container_name, target, content, source)
    return ProfileRestoreReport(
        profile=profile_name, version=number, kept_as=replaced.name if replaced else None
    )


def restore_removed(request: Request, profile_name: str) -> ProfileRestoreReport:
    """Bring back what was removed last of a profile, with its history, never over another."""
    settings, layout = request.settings, request.layout
    _removed_last(request, profile_name)
    with fleet_lock(layout, timeout_s=settings.timeouts.lock_timeout_s):
        found = _removed_last(request, profile_name)
        take_from_trash(layout, found, settings.profile_dir / f"{profile_name}{SUFFIX}")
    return ProfileRestoreReport(profile=profile_name, version=None, kept_as=None)


def _removed_last(request: Request, profile_name: str) -> Trashed:
    settings, subject = request.settings, f"profile {printable(profile_name)}"
    if os.path.lexists(settings.profile_dir / f"{profile_name}{SUFFIX}"):
        step = f"give the number of a version; `multi-instance profiles history {profile_name}`"
        raise UsageProblems([f"{subject}: is in the pool; {step} lists them"])
    found = [one for one in trashed(request.layout, profile_name) if os.path.lexists(one.file)]
    if not found:
        near = difflib.get_close_matches(profile_name, names_in_trash(request.layout), n=1)
        step = f"did you mean {printable(near[0])}?" if near else "look at its `history`"
        raise UsageProblems([f"{subject}: is not in the trash; {step}"])
    return found[-1]


def version_of(request: Request, profile_name: str, number: int) -> Version:
    """The version of that number; raises `UsageProblems` with the numbers that there are."""
    layout = request.layout
    container_name = container_name_of(layout.fleet, profile_name)
    kept = {version.number: version for version in versions(layout, container_name)}
    if number not in kept:
        if not kept:
            raise UsageProblems([unknown_profile(request.settings, profile_name)])
        known = ", ".join(str(one) for one in kept)
        raise UsageProblems(
            [f"profile {profile_name}: has no version {number}; there are: {known}"]
        )
    return kept[number]


def _content(version: Version, profile_name: str) -> bytes:
    """What it holds: a copy that was found torn is kept, too, but is no login to go back to."""
    with said(version.path):
        content = version.path.read_bytes()
    if fault := fault_of(content):
        raise UsageProblems(
            [f"profile {profile_name}: version {version.number} {fault[0]}; choose another one"]
        )
    return content


def unknown_profile(settings: Settings, profile_name: str) -> str:
    """What is said of a name that neither the pool nor the history has; with the nearest one."""
    names = names_in(settings.profile_dir)
    if profile_name in names:
        return f"profile {profile_name}: no earlier version is kept"
    near = difflib.get_close_matches(profile_name, names, n=1)
    step = f"; did you mean {near[0]}?" if near else ""
    return f"profile {profile_name}: is not in {settings.profile_dir}, and has no history{step}"
