"""Whether a saved state still holds a login. Pure.

A browser whose login has ended still saves: without the cookies that carried it, or without any.
Such a state is no newer version of the login.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from multi_instance_manager.application.session_json import session_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.application.definition import LoginCookies


class LoginRank(IntEnum):
    """How much of a login a state holds; a lower rank never replaces a higher one.

    ENDED: its login cookies have expired by this machine's clock, which may be wrong. OTHER: no
    cookies but other content, if no cookie is known to carry the login.
    """

    NONE = 0
    ENDED = 1
    OTHER = 2
    LASTING = 3


def login_rank(content: bytes, login: LoginCookies | None, *, now: float) -> LoginRank:
    """Rank the state; without ``login`` any cookie counts. ``now`` in epoch seconds."""
    document = session_object(content)
    if document is None:
        return LoginRank.NONE
    found = document.get("cookies")
    listed = found if isinstance(found, list) else []
    cookies = [c for c in listed if isinstance(c, dict) and c.get("value")]
    carrying = [c for c in cookies if login is None or _carries(c, login)]
    if any(_lasts(cookie, now) for cookie in carrying):
        return LoginRank.LASTING
    if carrying:
        return LoginRank.ENDED
    is_other = login is None and not listed and any(document.values())
    return LoginRank.OTHER if is_other else LoginRank.NONE


def has_login(content: bytes, login: LoginCookies | None, *, now: float) -> bool:
    """Whether it holds a login that has not ended."""
    return login_rank(content, login, now=now) >= LoginRank.OTHER


def _lasts(cookie: Mapping[str, Any], now: float) -> bool:
    """Whether the cookie is still valid; without a numeric expiry, it is."""
    end = cookie.get("expires")
    if isinstance(end, bool) or not isinstance(end, int | float) or not end > 0:  # NaN is none
        return True
    return end > now


def _carries(cookie: Mapping[str, Any], login: LoginCookies) -> bool:
    domain = str(cookie.get("domain", "")).lstrip(".").lower()
    is_there = domain == login.domain or domain.endswith(f".{login.domain}")
    return is_there and str(cookie.get("name")) in login.cookies
