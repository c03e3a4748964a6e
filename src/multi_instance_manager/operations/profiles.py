"""What a person can do with the saved sessions themselves: look at earlier versions, go back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.fleet_lock import fleet_lock
from multi_instance_manager.history import Version, keep_version, versions
from multi_instance_manager.naming import container_name_of
from multi_instance_manager.private_files import CLOSED_FILE, said, write_atomic
from multi_instance_manager.profiles import SUFFIX, digest_of
from multi_instance_manager.state_layout import StateLayout

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.settings import Settings


@dataclass(frozen=True, slots=True)
class ProfileHistory:
    """The versions kept of one profile; ``current_digest`` is that of the pool's file, if any."""

    profile_name: str
    current_digest: str | None
    versions: tuple[Version, ...]


def history(settings: Settings, profile_name: str) -> ProfileHistory:
    """The earlier versions of a profile, oldest first. Reads only."""
    layout = StateLayout(settings.state_dir, settings.container_prefix)
    container_name = container_name_of(settings.container_prefix, profile_name)
    file = settings.profile_dir / f"{profile_name}{SUFFIX}"
    with said(file):
        current = digest_of(file.read_bytes()) if file.exists() else None
    kept = versions(layout, container_name)
    if current is None and not kept:
        raise UsageProblems(
            [f"profile {profile_name}: is not in {settings.profile_dir}, and has no history"]
        )
    return ProfileHistory(profile_name, current, kept)


def restore(settings: Settings, profile_name: str, number: int) -> Path | None:
    """Put an earlier version back into the pool; what was there goes into the history.

    Gives the file of the version that was there, if it differed. To the next `up` that is the
    owner's change: it replaces the instance.
    """
    layout = StateLayout(settings.state_dir, settings.container_prefix)
    container_name = container_name_of(settings.container_prefix, profile_name)
    kept = {version.number: version for version in versions(layout, container_name)}
    if number not in kept:
        known = ", ".join(str(one) for one in kept) or "none"
        raise UsageProblems(
            [f"profile {profile_name}: has no version {number}; there are: {known}"]
        )
    with fleet_lock(layout, timeout_s=settings.patience.lock_timeout_s):
        file = settings.profile_dir / f"{profile_name}{SUFFIX}"
        content = kept[number].path.read_bytes()
        replaced = None
        with said(file):
            target = file.resolve()
            like = target.stat() if target.exists() else None
            if like is not None and (before := target.read_bytes()) != content:
                replaced = keep_version(layout, container_name, before, time.time())
            write_atomic(target, content, like=like, mode=CLOSED_FILE)
        return replaced
