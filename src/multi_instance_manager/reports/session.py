"""What is told of a saved login, as a member of other reports."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.moments import moment

if TYPE_CHECKING:
    from multi_instance_manager.sessions.login import Login


class SessionReport(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of a login, in the pool or in its instance. Never any of its content."""

    refreshed_at: Annotated[
        datetime | None, Meta(description="When its file was last written; null: cannot be read.")
    ]
    is_saved: Annotated[
        bool,
        Meta(description="Whether the pool has this version; else only its instance has it yet."),
    ]
    state: Annotated[
        str,
        Meta(
            description="valid; expired; gone (no cookies, or those that carried the login are "
            "lost); no login (none of its cookies carries one); unknown (it cannot be read)."
        ),
    ]
    cookies: Annotated[int, Meta(description="How many cookies it has.")]
    login_expires_at: Annotated[
        datetime | None,
        Meta(
            description="When the login ends: the first end among the cookies that carry a login; "
            "where the application names none, the last end of all, if every one has an end."
        ),
    ]
    first_cookie_expires_at: Annotated[
        datetime | None, Meta(description="The first end among all cookies that have one.")
    ]
    last_cookie_expires_at: Annotated[
        datetime | None, Meta(description="The last end among all cookies that have one.")
    ]


def session_report(login: Login, now: float) -> SessionReport:
    """The login as a report tells it; ``now`` in seconds since the epoch."""
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
