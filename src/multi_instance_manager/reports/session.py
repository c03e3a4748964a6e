"""A saved login, without its content, as a member of other reports."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.moments import moment

if TYPE_CHECKING:
    from multi_instance_manager.sessions.login import Login


class SessionReport(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of a login, in the pool or in its instance, without its content."""

    refreshed_at: Annotated[
        datetime | None, Meta(description="When its file was last written; null: cannot be read.")
    ]
    is_saved: Annotated[
        bool,
        Meta(description="Whether the pool has this version; if not, only its instance has it."),
    ]
    state: Annotated[
        str,
        Meta(
            description="valid; expired; gone (it lost all cookies, or those that carried the "
            "login); no login (none of its cookies carries one); unknown (it cannot be read)."
        ),
    ]
    cookies: Annotated[int, Meta(description="Number of its cookies.")]
    login_expires_at: Annotated[
        datetime | None,
        Meta(
            description="When the login expires: the first expiry of the cookies that carry it. "
            "If the application names no such cookies: the last expiry of all, if each has one."
        ),
    ]
    first_cookie_expires_at: Annotated[
        datetime | None, Meta(description="The first expiry of any cookie; null: none has one.")
    ]
    last_cookie_expires_at: Annotated[
        datetime | None, Meta(description="The last expiry of any cookie; null: none has one.")
    ]


def session_report(login: Login, now: float) -> SessionReport:
    """Convert the login for a report; ``now`` in seconds since the epoch."""
    facts, sign = login.facts, login.sign(now)
    return SessionReport(
        refreshed_at=moment(login.refreshed_at),
        is_saved=login.is_saved,
        state=sign.state.value,
        cookies=facts.cookies if facts else 0,
        login_expires_at=moment(sign.ends_at),
        first_cookie_expires_at=moment(facts.first_expires_at if facts else None),
        last_cookie_expires_at=moment(facts.last_expires_at if facts else None),
    )
