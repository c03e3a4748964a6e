"""The earlier versions of a saved session. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.commands.profiles.restore import unknown_profile
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.files.private_files import said
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.reports.profile_history import (
    ProfileHistoryReport,
    VersionReport,
)
from multi_instance_manager.sessions.history import versions
from multi_instance_manager.sessions.open_pools import file_in_pool
from multi_instance_manager.sessions.pool import SUFFIX, content_in_pool
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request


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
        raise UsageProblems([unknown_profile(settings, profile_name)])
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
