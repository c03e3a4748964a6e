"""What a saved login tells of itself without a word of its content. Pure.

Two things are read off its cookies: how long the login lasts, and marks that two profiles share
where they hold the same login. A mark is a digest under a salt that the caller throws away.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# The cookies that carry a Google login. Each login gets its own values, and the login ends with
# the first of them; those beside them (NID, SIDCC, __Secure-1PSIDTS, …) are renewed all the time.
_LOGIN_COOKIES = frozenset(
    {
        "SID",
        "HSID",
        "SSID",
        "APISID",
        "SAPISID",
        "LSID",
        "__Secure-1PSID",
        "__Secure-3PSID",
        "__Secure-1PAPISID",
        "__Secure-3PAPISID",
    }
)
_LOGIN_DOMAIN = "google.com"
_LAST_DATE = 253402300799.0  # the end of the year 9999: what lies beyond is no date
_SHORTEST_IDENTITY = 16  # a shorter value is a choice such as a language, which strangers share


class SessionFacts(msgspec.Struct, frozen=True):
    """Facts of one login. Moments are in seconds since the epoch, None where nothing tells them.

    ``login_cookies`` counts the cookies that carry a login, by their names, and have a value.
    ``login_expires_at`` is the first end among them; of any other login it is the last end of all
    cookies, and only where every one has an end: before that nobody can tell.
    """

    cookies: int = 0
    login_cookies: int = 0
    login_expires_at: float | None = None
    first_expires_at: float | None = None
    last_expires_at: float | None = None
    marks: frozenset[bytes] = frozenset()


def session_facts(content: bytes, *, salt: bytes) -> SessionFacts | None:
    """The facts of a profile's content, or None where that is not a whole profile."""
    try:
        document = msgspec.json.decode(content, type=dict[str, Any])
    except JSON_FAULTS:
        return None
    found = document.get("cookies")
    cookies = [c for c in found if isinstance(c, dict)] if isinstance(found, list) else []
    ends = [end for end in map(_end_of, cookies) if end is not None]
    return SessionFacts(
        cookies=len(cookies),
        login_cookies=sum(1 for cookie in _carrying_login(cookies) if cookie.get("value")),
        login_expires_at=_login_end(cookies, ends),
        first_expires_at=min(ends, default=None),
        last_expires_at=max(ends, default=None),
        marks=_marks(cookies, content, salt),
    )


def twins_of(marks: Mapping[str, frozenset[bytes]]) -> dict[str, tuple[str, ...]]:
    """By profile name: the other profiles that hold the same login. Those without any are left out.

    Two logins of one account, each made by itself, share nothing and look like two.
    """
    holders: dict[bytes, list[str]] = {}
    for name, own in marks.items():
        for mark in own:
            holders.setdefault(mark, []).append(name)
    found = {
        name: sorted({other for mark in own for other in holders[mark]} - {name})
        for name, own in marks.items()
    }
    return {name: tuple(others) for name, others in found.items() if others}


def _end_of(cookie: Mapping[str, Any]) -> float | None:
    """When a cookie ends; none of its own, or one that makes no sense, is None."""
    end = cookie.get("expires")
    if isinstance(end, bool) or not isinstance(end, int | float):
        return None
    return float(end) if 0 < end <= _LAST_DATE else None


def _login_end(cookies: Sequence[Mapping[str, Any]], ends: Sequence[float]) -> float | None:
    carrying = [end for end in map(_end_of, _carrying_login(cookies)) if end is not None]
    if carrying:
        return min(carrying)
    return max(ends) if ends and len(ends) == len(cookies) else None


def _carrying_login(cookies: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [c for c in cookies if str(c.get("name")) in _LOGIN_COOKIES and _is_of_login_domain(c)]


def _is_of_login_domain(cookie: Mapping[str, Any]) -> bool:
    domain = str(cookie.get("domain", "")).lstrip(".")
    return domain == _LOGIN_DOMAIN or domain.endswith(f".{_LOGIN_DOMAIN}")


def _marks(cookies: Sequence[Mapping[str, Any]], content: bytes, salt: bytes) -> frozenset[bytes]:
    """What no two logins share: the cookies that identify one, and the content as a whole."""
    identifying = _carrying_login(cookies) or [c for c in cookies if _identifies(c)]
    texts = [
        "\0".join(str(cookie.get(key, "")) for key in ("name", "domain", "value")).encode(
            errors="replace"
        )
        for cookie in identifying
        if cookie.get("value")
    ]
    return frozenset(_mark(text, salt) for text in (*texts, content))


def _identifies(cookie: Mapping[str, Any]) -> bool:
    """Whether a cookie of an unknown kind is of the sort that a login is known by.

    It lasts, is long enough to be unique, and is not one that the page's own script may read:
    those hold choices and consents, which are the same for everybody.
    """
    value = cookie.get("value")
    unique = isinstance(value, str) and len(value) >= _SHORTEST_IDENTITY
    return unique and _end_of(cookie) is not None and cookie.get("httpOnly") is not False


def _mark(text: bytes, salt: bytes) -> bytes:
    return hashlib.blake2b(text, key=salt, digest_size=16).digest()
