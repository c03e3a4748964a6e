"""The earlier versions of a saved session: looking at them, and going back to one."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.files.private_files import said
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.reports.profile_history import (
    ProfileHistoryReport,
    ProfileRestoreReport,
    VersionReport,
)
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.history import Version, versions
from multi_instance_manager.sessions.open_pools import file_in_pool
from multi_instance_manager.sessions.pool import SUFFIX, content_in_pool, fault_of, names_in
from multi_instance_manager.state.lock import fleet_lock
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.settings.model import Settings


def history(request: Request, profile_name: str) -> ProfileHistoryReport:
    """The earlier versions of a profile, oldest first. Reads only."""
    settings, layout = request.settings, request.layout
    container_name = container_name_of(settings.container_prefix, profile_name)
    file = settings.profile_dir / f"{profile_name}{SUFFIX}"
    with said(file):
        real = file_in_pool(settings, profile_name)
        current = digest_of(content_in_pool(real)) if real.exists() else None
    kept = versions(layout, container_name)
    if current is None and not kept:
        raise UsageProblems([_unknown(settings, profile_name)])
    return ProfileHistoryReport(
        profile=profile_name,
        versions=tuple(
            VersionReport(
                number=version.number,
                kept_at=version.kept_at,
                digest=version.digest,
                size_bytes=version.size,
                is_in_pool=(current or "").startswith(version.digest),
            )
            for version in kept
        ),
    )


def restore(request: Request, profile_name: str, number: int) -> ProfileRestoreReport:
    """Put an earlier version back into the pool; what was there goes into the history.

    To the next `up` that is the owner's change: it replaces the instance. Versions come and go
    while another manager is at work, so they are looked at once more when it is not.
    """
    settings, layout = request.settings, request.layout
    container_name = container_name_of(settings.container_prefix, profile_name)
    _version(request, profile_name, number)
    with fleet_lock(layout, timeout_s=settings.timeouts.lock_timeout_s):
        file = settings.profile_dir / f"{profile_name}{SUFFIX}"
        content = _content(_version(request, profile_name, number), profile_name)
        custodian = Custodian(layout, settings.application.login)
        with said(file):
            target = file_in_pool(settings, profile_name)
        replaced = custodian.put_in_pool(container_name, target, content)
    return ProfileRestoreReport(
        profile=profile_name, version=number, kept_as=replaced.name if replaced else None
    )


def _version(request: Request, profile_name: str, number: int) -> Version:
    layout = request.layout
    container_name = container_name_of(layout.fleet, profile_name)
    kept = {version.number: version for version in versions(layout, container_name)}
    if number not in kept:
        if not kept:
            raise UsageProblems([_unknown(request.settings, profile_name)])
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


def _unknown(settings: Settings, profile_name: str) -> str:
    """What is said of a name that neither the pool nor the history has; with the nearest one."""
    names = names_in(settings.profile_dir)
    if profile_name in names:
        return f"profile {profile_name}: no earlier version is kept"
    near = difflib.get_close_matches(profile_name, names, n=1)
    step = f"; did you mean {near[0]}?" if near else ""
    return f"profile {profile_name}: is not in {settings.profile_dir}, and has no history{step}"
