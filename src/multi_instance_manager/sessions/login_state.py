"""Whether a saved login still carries anybody: decided here, for every command. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from multi_instance_manager.sessions.login_facts import SessionFacts


class LoginState(StrEnum):
    """What is known of a login. VALID: nothing speaks against it.

    EXPIRED: the first of the cookies that carry it has ended. GONE: it has no cookies at all, or
    has lost those that carried it. NO_LOGIN: it has cookies, and never had one of those that the
    application's definition names. UNKNOWN: it cannot be read.
    """

    VALID = "valid"
    EXPIRED = "expired"
    GONE = "gone"
    NO_LOGIN = "no login"
    UNKNOWN = "unknown"


class LoginSign(msgspec.Struct, frozen=True):
    """The newest version of its login: its state, when it was written, when it ends or ended.

    Moments are in seconds since the epoch, None where they are not known.
    """

    state: LoginState = LoginState.UNKNOWN
    written_at: float | None = None
    ends_at: float | None = None


def login_state(
    facts: SessionFacts | None, *, now: float, before: SessionFacts | None = None
) -> LoginState:
    """The state of a login; ``before`` is an earlier version of it, such as the pool's.

    Where the definition names no kinds, any cookies may well carry a login.
    """
    if facts is None:
        return LoginState.UNKNOWN
    if not facts.cookies or (before and before.login_cookies and not facts.login_cookies):
        return LoginState.GONE
    ends = facts.login_expires_at
    if ends is not None and ends <= now:
        return LoginState.EXPIRED
    return LoginState.NO_LOGIN if facts.lacks_login else LoginState.VALID
