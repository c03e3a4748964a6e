"""Reads a login where it lies: in the pool, and in the copy that its container refreshes."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.owned_files import read_owned
from multi_instance_manager.session_facts import SessionFacts, session_facts
from multi_instance_manager.session_files import read_if_there
from multi_instance_manager.vitals.login_state import LoginSign, LoginState, login_state

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.application.definition import LoginCookies

_SALT_BYTES = 32


class Login(msgspec.Struct, frozen=True):
    """The newest whole version of one login, and where it is.

    ``refreshed_at``: when its file was last written, in seconds since the epoch. ``is_saved``:
    whether the pool has it, too. ``facts`` are None where the login cannot be read; ``before`` are
    those of the pool's version, which may be an older one.
    """

    refreshed_at: float | None = None
    is_saved: bool = True
    facts: SessionFacts | None = None
    before: SessionFacts | None = None

    def sign(self, now: float) -> LoginSign:
        """Whether it still carries anybody, as every command says it."""
        state = login_state(self.facts, now=now, before=self.before)
        is_login = self.facts is not None and state is not LoginState.NO_LOGIN
        ends_at = self.facts.login_expires_at if self.facts and is_login else None
        return LoginSign(state, self.refreshed_at, ends_at)


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
