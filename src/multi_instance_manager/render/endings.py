"""The end of a login, in the words of every table. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.sessions.login_state import LoginState
from multi_instance_manager.text.amounts import rough_span_text

if TYPE_CHECKING:
    from datetime import datetime

    from multi_instance_manager.reports.session import SessionReport

_NOTHING = "-"
_OVER = {LoginState.EXPIRED.value, LoginState.GONE.value, LoginState.NO_LOGIN.value}


def ending_text(session: SessionReport | None, now: datetime) -> str:
    """Return when the login ends, or that it has ended, is lost or never was; a dash if unknown."""
    if session is None:
        return _NOTHING
    if session.state in _OVER:
        return session.state
    at = session.login_expires_at
    return f"in {rough_span_text((at - now).total_seconds())}" if at else _NOTHING
