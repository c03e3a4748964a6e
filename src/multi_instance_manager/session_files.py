"""Reads the two sides of a session: the pool's file, and the copy that a container writes to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from multi_instance_manager.custody_state import Side
from multi_instance_manager.profiles import digest_of, is_whole_profile
from multi_instance_manager.untrusted_files import read_untrusted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_READ_ATTEMPTS = 5
_READ_PAUSE_S = 0.05


def side_of_pool(path: Path, has_login: Callable[[bytes], bool]) -> Side | None:
    """The pool's file, or None where it cannot be read."""
    try:
        content, modified_at = path.read_bytes(), path.stat().st_mtime
    except OSError:
        return None
    return Side(digest_of(content), is_whole_profile(content), modified_at, has_login(content))


def side_of_copy(path: Path, has_login: Callable[[bytes], bool]) -> Side | None:
    """The runtime copy; what is no regular file counts as torn."""
    try:
        whole = read_whole(path)
        content = whole if whole is not None else read_untrusted(path)
        modified_at = path.lstat().st_mtime
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        content, whole, modified_at = None, None, 0.0
    digest = "unreadable" if content is None else digest_of(content)
    return Side(digest, whole is not None, modified_at, whole is not None and has_login(whole))


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
        return digest_of(path.read_bytes())
    except OSError:
        return None
