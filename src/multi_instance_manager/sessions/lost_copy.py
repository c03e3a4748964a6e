"""Puts back a runtime copy that is gone, from its container or from the last version.

The application has calls that empty the folder in use, open to whoever reaches its port. It goes on
with what its browser has; but it saves only into a file that is there.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from multi_instance_manager.files.private_files import (
    OPEN_DIR,
    OPEN_FILE,
    said,
    write_atomic,
    write_new,
)
from multi_instance_manager.sessions.history import versions
from multi_instance_manager.sessions.pool import is_whole_profile
from multi_instance_manager.sessions.session_files import read_if_there
from multi_instance_manager.state import records
from multi_instance_manager.state.folder import make_dir
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from multi_instance_manager.engine.protocol.engine import ContainerFile
    from multi_instance_manager.state.layout import StateLayout


def recover_copy(
    layout: StateLayout, container_name: str, profile_name: str, live: ContainerFile
) -> None:
    """Put back a copy that is gone from the state folder but alive in its container."""
    copy = layout.copy(container_name, profile_name)
    if os.path.lexists(copy) or not is_whole_profile(live.content):
        return
    make_dir(layout, copy.parent, OPEN_DIR)
    write_atomic(copy, live.content, like=None, mode=OPEN_FILE)
    with said(copy):
        os.utime(copy, (live.modified_at, live.modified_at), follow_symlinks=False)


def put_back(
    layout: StateLayout,
    container_name: str,
    profile_name: str,
    pool_file: Path,
    holds_login: Callable[[bytes], bool] = is_whole_profile,
) -> str | None:
    """Write the copy anew; gives what was done in words, or None where nothing was.

    A copy that is there is never touched, not even one that came this moment.
    """
    copy = layout.copy(container_name, profile_name)
    if os.path.lexists(copy):
        return None
    content, source = _last_version(layout, container_name, pool_file, holds_login)
    if content is None:
        return None
    make_dir(layout, copy.parent, OPEN_DIR)
    with said(copy), suppress(FileExistsError):
        write_new(copy, content, mode=OPEN_FILE)
        return f"its application had deleted its runtime copy; it was put back from {source}"
    return None


def _last_version(
    layout: StateLayout, container_name: str, pool_file: Path, holds_login: Callable[[bytes], bool]
) -> tuple[bytes | None, str]:
    """The newest session: the pool's, unless the history got one that never came to the pool.

    A version that is older than the last sync was in the pool then, or had been replaced. Another
    login of the owner's is newer than any.
    """
    with said(pool_file):
        pool = read_if_there(pool_file)
    known = records.read_sync(layout, container_name)
    if known is not None and pool is not None and digest_of(pool) == known.digest:
        synced_at = layout.custody_record(container_name).stat().st_mtime_ns
        for version in reversed(versions(layout, container_name)):
            if version.path.stat().st_mtime_ns <= synced_at:
                break
            content = read_if_there(version.path)
            if content is not None and holds_login(content):
                return content, "the history"
    return (pool, "the pool") if pool is not None and is_whole_profile(pool) else (None, "")
