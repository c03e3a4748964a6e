"""Reads a login where it lies: in the pool, and in the copy that its container refreshes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.sessions.login_facts import SessionFacts
from multi_instance_manager.sessions.login_state import LoginSign, LoginState, login_state

if TYPE_CHECKING:
    pass


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
