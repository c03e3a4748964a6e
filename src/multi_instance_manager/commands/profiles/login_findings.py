"""What is wrong with a login that can be read: its end, its cookies, its twins. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from multi_instance_manager.reports.profile_finding import ProfileFinding
from multi_instance_manager.sessions.login_facts import NO_LOGIN
from multi_instance_manager.sessions.login_state import LoginState, login_state
from multi_instance_manager.text.amounts import rough_span_text
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.sessions.login_facts import SessionFacts

DAY_S = 86400
_ERROR, _WARNING = "error", "warning"


def login_findings(
    name: str,
    facts: SessionFacts,
    twins: tuple[str, ...],
    *,
    now: float,
    soon_s: float,
    before: SessionFacts | None = None,
) -> Iterator[ProfileFinding]:
    """Each problem of one login; one that ends within ``soon_s`` seconds is said.

    ``before`` is the pool's version of it, which may be older.
    """
    ends, state = facts.login_expires_at, login_state(facts, now=now, before=before)
    if state is LoginState.GONE and before is not None and before.login_cookies:
        fact = "its instance has lost the cookies that carried its login"
        yield _finding(name, _ERROR, "signed-out", fact, "log in again and save it")
    elif state is LoginState.GONE:
        fact = "has no cookies, so nobody is logged in with it"
        yield _finding(name, _WARNING, "no-cookies", fact, "save the login again")
    elif state is LoginState.EXPIRED and ends is not None:
        fact = f"its login expired on {_date(ends)}"
        yield _finding(name, _ERROR, "expired", fact, "log in again and save it")
    elif state is LoginState.NO_LOGIN:
        yield _finding(name, _WARNING, "no-login", NO_LOGIN, "log in, and save it again")
    elif ends is not None and ends <= now + soon_s:
        fact = f"its login expires in {rough_span_text(ends - now)}, on {_date(ends)}"
        yield _finding(name, _WARNING, "expires-soon", fact, "log in again before that")
    if twins:
        fact = f"holds the same login as {', '.join(map(printable, twins))}"
        step = "keep one of them, or log in to another account"
        yield _finding(name, _WARNING, "duplicate", fact, step)


def _finding(name: str, severity: str, code: str, fact: str, next_step: str) -> ProfileFinding:
    return ProfileFinding(
        profile=printable(name), severity=severity, code=code, fact=fact, next_step=next_step
    )


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).date().isoformat()
