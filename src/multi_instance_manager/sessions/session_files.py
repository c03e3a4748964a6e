"""Reads the two sides of a session: the pool's file, and the copy that a container writes to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.application.held_login import LoginRank
from multi_instance_manager.files.profile_size import LARGEST_PROFILE
from multi_instance_manager.files.untrusted_files import read_untrusted, size_of_untrusted
from multi_instance_manager.sessions.pool import content_in_pool, is_whole_profile
from multi_instance_manager.sessions.sync_state import Custody, Side
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_READ_ATTEMPTS = 5
_READ_PAUSE_S = 0.05


class SideSnapshot(msgspec.Struct, frozen=True):
    """One side as it was at one moment: what is decided of it, and the content that it is of.

    ``side`` is None where there is no file, ``content`` where it cannot be read.
    """

    side: Side | None
    content: bytes | None


def look_at_pool(path: Path, rank: Callable[[bytes], LoginRank]) -> SideSnapshot:
    """The pool's file; raises OSError where it cannot be read."""
    content, modified_at = content_in_pool(path), path.stat().st_mtime
    whole = is_whole_profile(content)
    return SideSnapshot(Side(digest_of(content), whole, modified_at, rank(content)), content)


def look_at_copy(path: Path, rank: Callable[[bytes], LoginRank]) -> SideSnapshot:
    """The runtime copy; what is no regular file counts as torn."""
    unread = None
    try:
        whole = read_whole(path)
        content = whole if whole is not None else read_untrusted(path)
        modified_at = path.lstat().st_mtime
        if content is None and (size_of_untrusted(path) or 0) > LARGEST_PROFILE:
            unread = Custody.TOO_LARGE
    except (FileNotFoundError, NotADirectoryError):
        return SideSnapshot(None, None)
    except OSError as problem:
        content, whole, modified_at = None, None, 0.0
        unread = Custody.CLOSED if isinstance(problem, PermissionError) else None
    digest = "unreadable" if content is None else digest_of(content)
    held = LoginRank.NONE if whole is None else rank(whole)
    return SideSnapshot(Side(digest, whole is not None, modified_at, held, unread), content)


def read_whole(path: Path) -> bytes | None:
    """The content once it is a whole profile, or None; the application truncates, then writes."""
    for attempt in range(_READ_ATTEMPTS):
        content = read_untrusted(path)
        if content is not None and is_whole_profile(content):
            return content
        if attempt < _READ_ATTEMPTS - 1:
            time.sleep(_READ_PAUSE_S)
    return None


def read_if_there(path: Path) -> bytes | None:
    """The content of a regular file, or None."""
    try:
        return read_untrusted(path)
    except FileNotFoundError:
        return None


def digest_of_file(path: Path) -> str | None:
    """The digest of a file's content, or None where it cannot be read."""
    try:
        content = read_untrusted(path)
    except OSError:
        return None
    return None if content is None else digest_of(content)
