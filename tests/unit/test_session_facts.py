from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.application.definition import LoginCookies
from multi_instance_manager.sessions.login_facts import SessionFacts, session_facts, twins_of

KNOWN = builtin_application().login
SALT = b"a salt of this test"
SECRET = "a-long-value-that-nobody-may-see"


def cookie(name: str, value: str = SECRET, **more: Any) -> dict[str, Any]:
    return {"name": name, "value": value, "domain": ".google.com", "expires": 2000.0, **more}


def content_of(*cookies: object, **more: Any) -> bytes:
    return json.dumps({"cookies": list(cookies), **more}).encode()


def facts_of(*cookies: object, **more: Any) -> SessionFacts:
    found = session_facts(content_of(*cookies, **more), KNOWN, salt=SALT)
    assert found is not None
    return found


def test_a_google_login_ends_with_the_first_of_the_cookies_that_carry_it() -> None:
    found = facts_of(
        cookie("SID", expires=5000.0),
        cookie("__Secure-1PSID", expires=3000.0),
        cookie("NID", expires=1000.0),
        cookie("SID", expires=500.0, domain=".youtube.com"),
        cookie("OTZ", expires=-1),
    )

    assert found.login_expires_at == 3000.0
    assert (found.first_expires_at, found.last_expires_at) == (500.0, 5000.0)
    assert found.cookies == 5


def test_a_cookie_of_a_site_that_only_looks_like_the_login_page_does_not_count() -> None:
    found = facts_of(cookie("SID", expires=100.0, domain="notgoogle.com"), cookie("x", expires=900))

    assert found.login_expires_at == 900.0


def test_the_cookies_that_carry_a_login_are_those_of_the_application() -> None:
    content = content_of(cookie("SID", expires=100.0), cookie("ticket", expires=200.0))
    known = LoginCookies("google.com", ("ticket",))

    for carried_by, end in ((known, 200.0), (KNOWN, 100.0), (None, 200.0)):
        facts = session_facts(content, carried_by, salt=SALT)
        assert facts is not None
        assert facts.login_expires_at == end


def test_another_login_ends_with_its_last_cookie() -> None:
    assert facts_of(cookie("a", expires=10), cookie("b", expires=20)).login_expires_at == 20.0


def test_the_end_of_a_login_with_an_endless_cookie_is_not_known() -> None:
    found = facts_of(cookie("a", expires=10), cookie("b", expires=-1))

    assert found.login_expires_at is None
    assert found.last_expires_at == 10.0


@pytest.mark.parametrize("end", [None, "soon", True, -1, 0, 1e300, [], {}])
def test_an_end_that_makes_no_sense_is_none(end: object) -> None:
    assert facts_of(cookie("SID", expires=end)).login_expires_at is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff"])
def test_what_is_no_profile_has_no_facts(content: bytes) -> None:
    assert session_facts(content, KNOWN, salt=SALT) is None


@pytest.mark.parametrize("cookies", [None, 3, "x", {}, [1, None, "x"]])
def test_cookies_of_another_shape_are_none(cookies: object) -> None:
    found = session_facts(json.dumps({"cookies": cookies, "a": 1}).encode(), KNOWN, salt=SALT)

    assert found is not None
    assert (found.cookies, found.login_expires_at) == (0, None)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_no_value_of_a_member_is_too_strange(value: object) -> None:
    odd = {"name": value, "domain": value, "value": value, "expires": value, "httpOnly": value}
    document = json.dumps({"cookies": [odd]}, allow_nan=False, default=str) if _plain(value) else ""

    assert not document or session_facts(document.encode(), KNOWN, salt=SALT) is not None


def _plain(value: object) -> bool:
    """Whether JSON can carry it: neither infinite nor not a number."""
    text = json.dumps(value)
    return "NaN" not in text and "Infinity" not in text


def twins(**contents: bytes) -> dict[str, tuple[str, ...]]:
    found = {name: session_facts(content, KNOWN, salt=SALT) for name, content in contents.items()}
    return twins_of({name: facts.marks for name, facts in found.items() if facts})


def test_two_profiles_with_the_same_login_cookie_are_twins_whatever_else_they_hold() -> None:
    found = twins(
        a=content_of(cookie("SID", "the-same-session-value"), cookie("NID", "one")),
        b=content_of(cookie("SID", "the-same-session-value"), cookie("NID", "two"), origins=[]),
        c=content_of(cookie("SID", "another-session-value"), cookie("NID", "one")),
    )

    assert found == {"a": ("b",), "b": ("a",)}


def test_two_logins_that_share_a_consent_alone_are_no_twins() -> None:
    shared = cookie("SOCS", "CAISHAgBEhJnd3NfMjAyMzA4MTAtMF9SQzI", httpOnly=False)
    language = cookie("hl", "en-US")

    assert (
        twins(
            a=content_of(shared, language, cookie("sid", "one-value-of-its-own")),
            b=content_of(shared, language, cookie("sid", "two-value-of-its-own")),
        )
        == {}
    )


def test_a_long_lived_cookie_of_any_site_tells_twins_by_name_domain_and_value() -> None:
    same = cookie("token", "the-very-same-value", domain="example.org", httpOnly=True)
    elsewhere = {**same, "domain": "example.com"}

    assert twins(a=content_of(same, 1), b=content_of(same), c=content_of(elsewhere)) == {
        "a": ("b",),
        "b": ("a",),
    }


def test_equal_files_are_twins_without_any_cookie() -> None:
    assert twins(a=b'{"x": 1}', b=b'{"x": 1}', c=b'{"x": 2}') == {"a": ("b",), "b": ("a",)}


def test_a_mark_tells_nothing_without_its_salt() -> None:
    content = content_of(cookie("SID"))
    one, other = (session_facts(content, KNOWN, salt=salt) for salt in (b"one", b"other"))

    assert one is not None
    assert other is not None
    assert one.marks.isdisjoint(other.marks)
    assert SECRET not in repr(one)
