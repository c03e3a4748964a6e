"""Which cookies differ between two versions of a session, by name and domain, never by value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.application.session_json import session_object
from multi_instance_manager.sessions.login_facts import end_of_cookie

if TYPE_CHECKING:
    from collections.abc import Mapping

    Cookies = Mapping[tuple[str, str, str], float | None]


class CookieChange(msgspec.Struct, frozen=True):
    """One cookie; its ends before and after in seconds since the epoch, None without one."""

    name: str
    domain: str
    before: float | None = None
    after: float | None = None


class CookieChanges(msgspec.Struct, frozen=True):
    """The cookies that came, those that went, and those that end at another time."""

    came: tuple[CookieChange, ...]
    went: tuple[CookieChange, ...]
    moved: tuple[CookieChange, ...]


def cookie_changes(before: bytes, after: bytes) -> CookieChanges | None:
    """Compare two versions; None where one of them is not a whole profile."""
    old, new = _cookies_of(before), _cookies_of(after)
    if old is None or new is None:
        return None
    changes = {
        key: CookieChange(key[0], key[1], old.get(key), new.get(key))
        for key in sorted({*old, *new})
    }
    return CookieChanges(
        came=tuple(one for key, one in changes.items() if key not in old),
        went=tuple(one for key, one in changes.items() if key not in new),
        moved=tuple(
            one
            for key, one in changes.items()
            if key in old and key in new and one.before != one.after
        ),
    )


def _cookies_of(content: bytes) -> Cookies | None:
    document = session_object(content)
    if document is None:
        return None
    found = document.get("cookies")
    listed = [c for c in found if isinstance(c, dict)] if isinstance(found, list) else []
    return {_key_of(cookie): end_of_cookie(cookie) for cookie in listed}


def _key_of(cookie: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(cookie.get("name", "")), str(cookie.get("domain", "")), str(cookie.get("path", ""))
