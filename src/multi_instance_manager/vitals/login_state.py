"""Whether a saved login still carries anybody: decided here, for every command. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multi_instance_manager.session_facts import SessionFacts


class LoginState(StrEnum):
    """What is known of a login. VALID: nothing speaks against it.

    EXPIRED: the first of the cookies that carry it has ended. GONE: it has no cookies at all, or
    has lost those that carried it. UNKNOWN: it cannot be read.
    """

    VALID = "valid"
    EXPIRED = "expired"
    GONE = "gone"
    UNKNOWN = "unknown"


def login_state(
    facts: SessionFacts | None, *, now: float, before: SessionFacts | None = None
) -> LoginState:
    """The state of a login; ``before`` is an earlier version of it, such as the pool's.

    Without one, cookies of kinds that are not known may well carry a login.
    """
    if facts is None:
        return LoginState.UNKNOWN
    if not facts.cookies or (before and before.login_cookies and not facts.login_cookies):
        return LoginState.GONE
    ends = facts.login_expires_at
    return LoginState.EXPIRED if ends is not None and ends <= now else LoginState.VALID
