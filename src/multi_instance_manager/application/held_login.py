"""Whether a saved state still holds a login. Pure.

A browser whose login was ended saves all the same: without the cookies that carried it, or without
any. Such a state is no newer version of the login.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.application.definition import LoginCookies


def has_login(content: bytes, login: LoginCookies | None, *, now: float) -> bool:
    """Whether it holds any cookie that carries a login and has not expired.

    Where it is not known which cookies those are, any cookie that has not expired counts; where it
    has none, so does whatever else is in it. ``now`` is in seconds since the epoch.
    """
    try:
        document = msgspec.json.decode(content, type=dict[str, Any])
    except JSON_FAULTS:
        return False
    found = document.get("cookies")
    listed = found if isinstance(found, list) else []
    cookies = [c for c in listed if isinstance(c, dict) and c.get("value") and _lasts(c, now)]
    if login is not None:
        return any(_carries(cookie, login) for cookie in cookies)
    return bool(cookies) or (not listed and any(document.values()))


def _lasts(cookie: Mapping[str, Any], now: float) -> bool:
    """One without an end, or with one that is no number, lasts as long as the browser."""
    end = cookie.get("expires")
    if isinstance(end, bool) or not isinstance(end, int | float) or end <= 0:
        return True
    return end > now


def _carries(cookie: Mapping[str, Any], login: LoginCookies) -> bool:
    domain = str(cookie.get("domain", "")).lstrip(".").lower()
    is_there = domain == login.domain or domain.endswith(f".{login.domain}")
    return is_there and str(cookie.get("name")) in login.cookies
