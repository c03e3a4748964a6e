"""Reads a login where it lies: in the pool, and in the copy that its container refreshes."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from multi_instance_manager.files.owned_files import read_owned
from multi_instance_manager.sessions.login import Login
from multi_instance_manager.sessions.login_facts import session_facts
from multi_instance_manager.sessions.session_files import read_if_there

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.application.definition import LoginCookies


_SALT_BYTES = 32


def new_salt() -> bytes:
    """A salt for the marks of one reading; it is never kept, so the marks tell nobody anything."""
    return secrets.token_bytes(_SALT_BYTES)


def read_login(pool_file: Path, copy: Path, known: LoginCookies | None, *, salt: bytes) -> Login:
    """The login as it is now; a copy that is torn, older, or closed to this user does not count."""
    pool, pool_at = _read_pool(pool_file)
    own, own_at = _read_copy(copy)
    before = None if pool is None else session_facts(pool, known, salt=salt)
    if own is not None and own != pool and (pool_at is None or own_at > pool_at):
        facts = session_facts(own, known, salt=salt)
        if facts is not None:
            return Login(own_at, is_saved=False, facts=facts, before=before)
    return Login(pool_at, facts=before, before=before)


def _read_pool(path: Path) -> tuple[bytes | None, float | None]:
    try:
        return read_owned(path), path.stat().st_mtime
    except OSError:
        return None, None


def _read_copy(path: Path) -> tuple[bytes | None, float]:
    try:
        return read_if_there(path), path.lstat().st_mtime
    except OSError:
        return None, 0.0
