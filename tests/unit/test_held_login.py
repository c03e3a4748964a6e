"""Whether a saved state holds a login: what a signed-out browser saves does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.application.held_login import has_login

NOW = 1_700_000_000.0
LOGIN = builtin_application().login


def cookie(name: str = "SID", **changes: Any) -> dict[str, Any]:
    made = {"name": name, "value": "v", "domain": ".google.com", "expires": NOW + 1000}
    return {**made, **changes}


def state(*cookies: Any, **more: Any) -> bytes:
    return json.dumps({"cookies": cookies, "origins": [], **more}).encode()


@pytest.mark.parametrize(
    "content",
    [
        state(cookie("SID")),
        state(cookie("NID"), cookie("__Secure-1PSID")),
        state(cookie("SID", domain="accounts.google.com")),
        state(cookie("SID", expires=-1)),
        state(cookie("SID", expires=None)),
        state(cookie("SID", expires="soon")),
        state(cookie("SID", expires=NOW - 1), cookie("HSID")),
    ],
    ids=[
        "a login cookie",
        "one among others",
        "of a host below the domain",
        "one for the browser session",
        "one without an end",
        "one whose end makes no sense",
        "one that lasts beside one that has ended",
    ],
)
def test_a_state_with_a_cookie_that_carries_the_login_holds_one(content: bytes) -> None:
    assert has_login(content, LOGIN, now=NOW)


@pytest.mark.parametrize(
    "content",
    [
        state(),
        state(cookie("NID")),
        state(cookie("NID"), cookie("AEC"), cookie("OTZ")),
        state(cookie("SID", expires=NOW - 1)),
        state(cookie("SID", value="")),
        state(cookie("SID", domain="google.com.example")),
        state(cookie("SID", domain="notgoogle.com")),
        state("SID", 7, None),
        b'{"cookies": "SID"}',
        b"{}",
        b"[]",
        b"",
        b'{"cookies": [{"name": "SID"',
    ],
    ids=[
        "no cookies",
        "what every visitor has",
        "several of those",
        "expired",
        "emptied",
        "another site that ends alike",
        "another site that begins alike",
        "no cookies at all in the list",
        "no list",
        "nothing",
        "no object",
        "empty",
        "torn",
    ],
)
def test_a_state_without_such_a_cookie_holds_none(content: bytes) -> None:
    assert not has_login(content, LOGIN, now=NOW)


@pytest.mark.parametrize(
    ("content", "held"),
    [
        (state(cookie("anything", domain="example.org")), True),
        (state(cookie("anything", expires=NOW - 1)), False),
        (state(), False),
        (b'{"token": "t"}', True),
        (b'{"token": "", "user": null}', False),
    ],
)
def test_where_the_login_is_not_known_any_cookie_or_content_counts(
    content: bytes, held: bool
) -> None:
    assert has_login(content, None, now=NOW) is held
