from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.text.redactor import (
    LONGEST_LINE,
    Redactor,
    secrets_in_env_file,
    session_values,
    strings_in,
    values_in_env_file,
)
from multi_instance_manager.text.secret import MASK

SECRET = 'a "quoted" wörd/with=everything&more'
# How a name and its value are found, written without regard to time.
_NAMED = re.compile(
    r"(\b[\w-]*(?:token|secret|passwd|password|api[-_]?key|session[-_]?id|credential)[\w-]*"
    r"[\"']?\s*[:=]\s*)[\"']?[^\s\"',;&}]+",
    re.IGNORECASE,
)
_PIECES = ("token", "Secret", "api", "key", "session", "id", "-", "_", "a", "1", *"=:,;&}\"' \né")
_FOR_EVER_S = 120
_REDACTED_IN_TIME = """
import sys
from multi_instance_manager.text.redactor import Redactor, secrets_in_env_file
for unit in sys.argv[1:]:
    line = unit * (64 * 1024 // len(unit))
    Redactor((), ()).text(line)
    list(secrets_in_env_file(f"A={line}"))
"""
VALUES = st.text(min_size=7, max_size=40).filter(lambda text: text.strip("* \n") != "")


@given(VALUES, st.text(max_size=20), st.text(max_size=20))
def test_a_known_value_never_comes_through(secret: str, before: str, after: str) -> None:
    shown = Redactor((), (secret,)).text(before + secret + after)

    assert secret not in shown.replace(MASK, "")


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        quote(SECRET, safe=""),
        base64.b64encode(SECRET.encode()).decode(),
        SECRET[:20],
        SECRET[-20:],
    ],
)
def test_other_ways_to_write_a_value_are_known_too(form: str) -> None:
    shown = Redactor((), (SECRET,)).text(f"log: {form} end")

    assert MASK in shown
    assert "quoted" not in shown
    assert "everything" not in shown


def test_a_value_of_several_lines_is_found_line_by_line() -> None:
    redactor = Redactor((), ("-----BEGIN-----\nMIIEvQIBADANBgkq\n-----END-----",))

    assert redactor.text("read MIIEvQIBADANBgkq") == f"read {MASK}"


def test_keys_count_however_short_and_values_only_where_they_are_no_mere_words() -> None:
    redactor = Redactor(("k1", " "), ("Lax", "true", "longer-value"))

    assert redactor.text("k1 Lax true longer-value") == f"{MASK} Lax true {MASK}"


@pytest.mark.parametrize(
    "line",
    [
        "Cookie: sid=THEVALUE; other=1",
        "set-cookie: sid=THEVALUE",
        "Authorization: Bearer THEVALUE",
        "sent with bearer THEVALUE-and-more",
        'token="THEVALUE"',
        '{"access_token": "THEVALUE"}',
        "API_KEY=THEVALUE",
        "password: THEVALUE",
        "key sk-THEVALUE",
        "https://me:THEVALUE@example.com/",
        "jwt eyJTHEVALUE.abc",
    ],
)
def test_what_looks_like_a_secret_is_blotted_out_unknown_as_it_is(line: str) -> None:
    shown = Redactor((), ()).text(line)

    assert "THEVALUE" not in shown
    assert MASK in shown


@pytest.mark.parametrize(
    "line",
    [
        "saved /app/auth_profiles/active/user-a.json (time)",
        "API on 2048, stream on 3120",
        "disk-full: all cookies expired, the last on 2026-01-02",
        "sha256:13a225690337 exited with code 137",
    ],
)
def test_everyday_lines_stay_as_they_are(line: str) -> None:
    assert Redactor(("sk-of-the-pool",), ("some-cookie",)).text(line) == line


def test_a_document_is_redacted_in_every_depth_and_keeps_its_shape() -> None:
    document = {"a": [{"b": "x secret-value y"}, 3, None], "secret-value": True}

    shown = Redactor((), ("secret-value",)).document(document)

    assert shown == {"a": [{"b": f"x {MASK} y"}, 3, None], "secret-value": True}


def test_the_values_of_a_session_are_secret_and_what_names_its_site_is_none() -> None:
    cookie = {"name": "a-name-of-a-cookie", "value": "v", "domain": ".accounts.google.com"}
    item = {"name": "preferences", "value": "https://aistudio.google.com/prompts/new_chat"}
    origin = {"origin": "https://aistudio.google.com", "localStorage": [item, {"value": "w"}]}
    profile = {"cookies": [cookie], "origins": [origin], "more": ["a-token-of-no-known-kind", "x"]}

    assert sorted(session_values(profile)) == ["a-token-of-no-known-kind", "v", "w"]


def test_an_address_that_carries_something_more_is_secret() -> None:
    values = [
        "https://me:pass@site.example",
        "https://site.example/?key=abcdef",
        "https://site.example/tok/Zk3qpL8d",
        "g.a0123abcDEF.xyz",
    ]

    assert sorted(session_values([{"value": value} for value in values])) == sorted(values)


def test_masking_leaves_words_that_are_in_a_session_only_beside_its_values() -> None:
    cookie = {"name": "SID", "value": "a-very-secret-value", "domain": ".google.com"}
    redactor = Redactor((), session_values({"cookies": [cookie]}))
    line = "Detected redirect to https://accounts.google.com of google.com"

    assert redactor.text(f"{line} a-very-secret-value") == f"{line} {MASK}"


def test_every_text_of_a_document_is_looked_through() -> None:
    assert sorted(strings_in({"a": ["b", {"c": "d"}], "e": 1})) == ["b", "d"]


def test_the_values_of_an_environment_file_are_known_with_and_without_quotes() -> None:
    text = "# A=comment\nB='quoted value'\nexport C=plain value\nno assignment\n"

    assert set(values_in_env_file(text)) == {"'quoted value'", "quoted value", "plain value"}


@pytest.mark.parametrize(
    "line",
    [
        "SMTP_PASSWORD=12345678",
        "API_KEY='sk-of-a-person'",
        "export NOTION_TOKEN=words-of-a-token",
        "DATABASE_DSN=server=db;user=me",
        "WEBHOOK=https://me:hidden-word@example.org/x",
        "THING=abcdef0123456789abcdef",
        "OTHER=550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_what_may_be_secret_in_an_environment_file_is_known(line: str) -> None:
    value = line.partition("=")[2].strip("'")

    assert list(secrets_in_env_file(line)) == [value]
    assert value in set(values_in_env_file(line))


@pytest.mark.parametrize(
    "line",
    [
        "LAUNCH_MODE=headless",
        "USERSCRIPT_PATH=browser_utils/more_models.js",
        "KEY_FILE_PATH=/app/auth_profiles/key.txt",
        "MAX_TOKENS=1000000",
        "USE_TOKEN=false",
        "SERVER_LOG_LEVEL=WARNING",
        "MODEL=claude-3-opus-20240229",
        "HTTP_PROXY=http://proxy.example.org:3128",
        "ACTIVE_AUTH_PROFILE=anna-main",
        "# SMTP_PASSWORD=commented",
    ],
)
def test_ordinary_words_of_an_environment_file_are_not_masked(line: str) -> None:
    assert list(secrets_in_env_file(line)) == []


def test_a_redactor_does_not_show_what_it_knows() -> None:
    assert "hidden" not in repr(Redactor(("hidden-key",), ("hidden-value",)))


@given(st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))
def test_a_named_value_is_found_as_the_plain_pattern_finds_it(text: str) -> None:
    assert Redactor((), ()).text(text) == _NAMED.sub(rf"\1{MASK}", text)


def test_no_line_takes_for_ever() -> None:
    units = ["a-token", "a-", "token", "token ", "a", "cookie", "a://b:", "eyJ-", "basic  ", "sk-"]
    units += ["api-", "bearer ", "session-", 'token" ', "a://b:c"]

    words = [sys.executable, "-c", _REDACTED_IN_TIME, *units]
    subprocess.run(words, check=True, timeout=_FOR_EVER_S)


SHOWN = st.integers(LONGEST_LINE - 40, LONGEST_LINE + 40)


@pytest.mark.parametrize("secret", [SECRET, "plain-secret", "{'a': 'https://x.example/y', 'b': 1}"])
@given(SHOWN)
def test_a_known_value_is_not_cut_in_two(secret: str, before: int) -> None:
    shown = Redactor((), (secret,)).excerpt("." * before + " " + secret + "." * 9999)

    assert len(shown) <= LONGEST_LINE + len(MASK)
    assert shown.replace(MASK, "").strip(". ") == ""


@pytest.mark.parametrize("key", ["k1", "abcde"])
@given(SHOWN)
def test_not_even_a_short_key_is_cut_in_two(key: str, before: int) -> None:
    shown = Redactor((key,), ()).excerpt("." * before + key + "." * 9999)

    assert shown.replace(MASK, "").strip(".") == ""


@pytest.mark.parametrize(
    ("before", "secret", "after"),
    [
        ("https://", "me:THEVALUE", "@example.com/"),
        ("sent with bearer ", "THEVALUE", " more"),
        ("Cookie: ", "THEVALUE", ""),
        ("", "sk-THEVALUE", " more"),
        ("", "eyJTHEVALUE", " more"),
        ("basic ", "THEVALUETHEVALUE", " more"),
    ],
)
@given(SHOWN)
def test_what_looks_like_a_secret_is_not_cut_in_two(
    before: str, secret: str, after: str, filling: int
) -> None:
    line = "." * (filling - len(before)) + " " + before + secret + after + " " + "." * 9999

    shown = Redactor((), ()).excerpt(line)

    assert len(shown) <= LONGEST_LINE + len(MASK)
    assert not set(shown) & set("THEVALU")


@given(st.text(st.sampled_from("ab \n=:"), max_size=60), st.integers(0, 3))
def test_lines_of_a_common_length_are_shown_whole(text: str, times: int) -> None:
    redactor = Redactor((), ("ab ab ab", "ba\nba\nba"))

    assert redactor.excerpt(text * times) == redactor.text(text * times)
