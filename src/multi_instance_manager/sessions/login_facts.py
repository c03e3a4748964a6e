"""What a saved login tells of itself without a word of its content. Pure.

Two things are read off its cookies: how long the login lasts, and marks that two profiles share
where they hold the same login. A mark is a digest under a salt that the caller throws away.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.application.session_json import session_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.application.definition import LoginCookies

NO_LOGIN = "none of its cookies carries a login, so nobody is logged in with it"
_LAST_DATE = 253402300799.0  # the end of the year 9999: what lies beyond is no date
_SHORTEST_IDENTITY = 16  # a shorter value is a choice such as a language, which strangers share


class SessionFacts(msgspec.Struct, frozen=True):
    """Facts of one login. Moments are in seconds since the epoch, None where nothing tells them.

    ``login_cookies`` counts the cookies that carry a login, by their names, and have a value;
    ``names_them``: the application's definition names such, so that none of them is no login.
    ``login_expires_at`` is the first end among them; of any other login it is the last end of all
    cookies, and only where every one has an end: before that nobody can tell.
    """

    cookies: int = 0
    login_cookies: int = 0
    login_expires_at: float | None = None
    first_expires_at: float | None = None
    last_expires_at: float | None = None
    marks: frozenset[bytes] = frozenset()
    names_them: bool = False

    @property
    def lacks_login(self) -> bool:
        """Whether it has cookies, and none of those that carry a login of this application."""
        return self.names_them and self.cookies > 0 and not self.login_cookies


def session_facts(
    content: bytes, known: LoginCookies | None, *, salt: bytes
) -> SessionFacts | None:
    """The facts of a profile's content, or None where that is not a whole profile.

    ``known`` are the cookies that carry a login of this application. Each login gets its own values
    of them; those beside them are renewed all the time.
    """
    document = session_object(content)
    if document is None:
        return None
    found = document.get("cookies")
    cookies = [c for c in found if isinstance(c, dict)] if isinstance(found, list) else []
    ends = [end for end in map(end_of_cookie, cookies) if end is not None]
    carrying = [c for c in cookies if known is not None and _carries_login(c, known)]
    return SessionFacts(
        cookies=len(cookies),
        login_cookies=sum(1 for cookie in carrying if cookie.get("value")),
        login_expires_at=_login_end(cookies, carrying, ends),
        first_expires_at=min(ends, default=None),
        last_expires_at=max(ends, default=None),
        marks=_marks(carrying or [c for c in cookies if _identifies(c)], content, salt),
        names_them=known is not None,
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


def end_of_cookie(cookie: Mapping[str, Any]) -> float | None:
    """When a cookie ends; none of its own, or one that makes no sense, is None."""
    end = cookie.get("expires")
    if isinstance(end, bool) or not isinstance(end, int | float):
        return None
    return float(end) if 0 < end <= _LAST_DATE else None


def _login_end(
    cookies: Sequence[Mapping[str, Any]],
    carrying: Sequence[Mapping[str, Any]],
    ends: Sequence[float],
) -> float | None:
    ends_of_login = [end for end in map(end_of_cookie, carrying) if end is not None]
    if ends_of_login:
        return min(ends_of_login)
    return max(ends) if ends and len(ends) == len(cookies) else None


def _carries_login(cookie: Mapping[str, Any], known: LoginCookies) -> bool:
    domain = str(cookie.get("domain", "")).lstrip(".")
    is_of_domain = domain == known.domain or domain.endswith(f".{known.domain}")
    return is_of_domain and str(cookie.get("name")) in known.cookies


def _marks(
    identifying: Sequence[Mapping[str, Any]], content: bytes, salt: bytes
) -> frozenset[bytes]:
    """What no two logins share: the cookies that identify one, and the content as a whole."""
    texts = [
        "\0".join(str(cookie.get(key, "")) for key in ("name", "domain", "value")).encode(
            errors="surrogatepass"
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
    return unique and end_of_cookie(cookie) is not None and cookie.get("httpOnly") is not False


def _mark(text: bytes, salt: bytes) -> bytes:
    return hashlib.blake2b(text, key=salt, digest_size=16).digest()
