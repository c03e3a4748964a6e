"""The pool: which files are profiles, what is wrong with the others, and never their content."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from multi_instance_manager.findings import Severity
from multi_instance_manager.sessions import pool as profiles
from multi_instance_manager.sessions.pool import is_whole_profile, read_pool
from multi_instance_manager.sessions.profile import Pool
from multi_instance_manager.text.digest import digest_of
from multi_instance_manager.text.printable import printable
from unit.builders import APPLICATION

NOW = 1_700_000_000.0
SECRET = "cookie-nobody-may-see"


def profile_text(*expires: object) -> str:
    cookies = [{"name": "sid", "value": SECRET, "expires": moment} for moment in expires]
    return json.dumps({"cookies": cookies, "origins": []})


def pool_of(folder: Path) -> Pool:
    return read_pool(folder, APPLICATION.login, now=NOW)


def only_finding(folder: Path) -> str:
    (finding,) = pool_of(folder).findings
    return finding.sentence()


def test_profiles_are_found_by_name_in_order(tmp_path: Path) -> None:
    for name in ("b", "a.b", "a", "B", "a b"):
        (tmp_path / f"{name}.json").write_text(profile_text())

    pool = pool_of(tmp_path)

    assert [profile.name for profile in pool.profiles] == ["B", "a", "a b", "a.b", "b"]
    assert pool.findings == ()
    assert pool.refused == ()


def test_a_profile_knows_its_file_and_digest(tmp_path: Path) -> None:
    path = tmp_path / "user-a.json"
    path.write_text(profile_text())

    (profile,) = pool_of(tmp_path).profiles

    assert profile.path == path
    assert profile.digest == digest_of(path.read_bytes())


def test_what_is_not_named_like_a_profile_is_none(tmp_path: Path) -> None:
    (tmp_path / "user-a.json").write_text(profile_text())
    for name in ("README.md", ".hidden.json", "user-a.json.bak", "user-a.JSON", ".json"):
        (tmp_path / name).write_text("{")

    pool = pool_of(tmp_path)

    assert [profile.name for profile in pool.profiles] == ["user-a"]
    assert pool.findings == ()


def test_a_pool_without_profiles_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    assert only_finding(tmp_path) == (
        f"profile directory {tmp_path}: holds no *.json profile; "
        "save a login there, or name another folder with --profile-dir"
    )


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert only_finding(tmp_path / "saved") == (
        f"profile directory {tmp_path}/saved: does not exist; "
        "create it, or name another with --profile-dir"
    )


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "saved").write_text("")

    assert "is not a directory" in only_finding(tmp_path / "saved")


def test_a_folder_that_is_closed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_: Path) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", closed)

    assert "cannot be read by this user; give this user access" in only_finding(tmp_path)


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b'{"cookies": [', "is not valid JSON: it is cut off"),
        (b'{"cookies": [{"name": "a"}]', "is not valid JSON: it is cut off"),
        (b"nonsense", "is not valid JSON"),
        (b"\xff\xfe\x00", "is not valid JSON"),
        (b"[" * 100_000, "is nested deeper than 500 levels"),
        (b"[1, 2]", "is valid JSON but not an object"),
        (b"null", "is valid JSON but not an object"),
        (b'"text"', "is valid JSON but not an object"),
        (b"{}", "is an empty JSON object"),
    ],
)
def test_a_file_that_is_no_profile_is_refused_by_its_fault(
    tmp_path: Path, content: bytes, fact: str
) -> None:
    (tmp_path / "user-a.json").write_bytes(content)

    pool = pool_of(tmp_path)

    assert [f.sentence().partition(";")[0] for f in pool.findings] == [f"profile user-a: {fact}"]
    assert pool.refused == ("user-a",)
    assert pool.profiles == ()
    assert not is_whole_profile(content)


def test_what_is_no_file_is_refused_by_its_kind(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "dangling.json").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    os.mkfifo(tmp_path / "pipe.json")

    facts = {f.subject: f.fact for f in pool_of(tmp_path).findings}

    assert facts == {
        "profile folder": "is a directory, not a file",
        "profile dangling": "is a link to a file that does not exist",
        "profile loop": "is a link that leads back to itself",
        "profile pipe": "is not a regular file",
    }


def test_a_file_that_is_closed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "user-a.json").write_text(profile_text())

    def closed(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(profiles, "read_untrusted", closed)

    assert only_finding(tmp_path) == (
        "profile user-a: cannot be read (Permission denied); give this user access to the file"
    )


def test_a_link_to_a_profile_is_a_profile(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(profile_text())
    (tmp_path / "user-a.json").symlink_to(tmp_path / "elsewhere")

    assert [profile.name for profile in pool_of(tmp_path).profiles] == ["user-a"]


@pytest.mark.parametrize("name", [b"user-\xff.json", b"user\na.json", b"user\x1b[2J.json"])
def test_a_name_that_cannot_be_shown_is_refused_and_shown_escaped(
    tmp_path: Path, name: bytes
) -> None:
    (tmp_path / os.fsdecode(name)).write_text(profile_text())

    pool = pool_of(tmp_path)
    (finding,) = pool.findings

    assert "its file name has characters that cannot be shown" in finding.sentence()
    assert finding.sentence().isprintable()
    assert finding.sentence().isascii()
    assert len(pool.refused) == 1


@pytest.mark.parametrize(
    "name", ["x" * 200, "a b", "it's", '"q"', "ünï", "-x", ";rm", "#", "$HOME"]
)
def test_an_odd_name_is_a_name(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.json").write_text(profile_text())

    assert [profile.name for profile in pool_of(tmp_path).profiles] == [name]


def test_every_problem_of_every_profile_is_told(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(profile_text())
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "torn.json").write_text("{")

    pool = pool_of(tmp_path)

    assert pool.refused == ("empty", "torn")
    assert [profile.name for profile in pool.profiles] == ["good"]
    assert [finding.severity for finding in pool.findings] == [Severity.ERROR] * 2


def test_cookies_that_have_all_expired_are_a_warning_with_the_date(tmp_path: Path) -> None:
    (tmp_path / "user-a.json").write_text(profile_text(1_600_000_000, 1_690_000_000.5))

    pool = pool_of(tmp_path)

    assert len(pool.profiles) == 1
    assert [finding.severity for finding in pool.findings] == [Severity.WARNING]
    assert only_finding(tmp_path) == (
        "profile user-a: its login expired on 2023-07-22; log in again"
    )


@pytest.mark.parametrize(
    "document",
    [
        profile_text(1, NOW + 1),
        profile_text(1, -1),
        profile_text(1, None),
        profile_text(1, "soon"),
        profile_text(),
        '{"cookies": "none"}',
        '{"cookies": [1]}',
        '{"origins": []}',
        '{"cookies": [{"expires": 1e308}]}',
        f'{{"cookies": [{{"expires": {10**400}}}]}}',
        f'{{"cookies": [{{"expires": {10**18}}}, {{"expires": 1}}]}}',
    ],
)
def test_cookies_that_may_still_hold_have_not_expired(tmp_path: Path, document: str) -> None:
    (tmp_path / "user-a.json").write_text(document)

    assert "expired" not in {one.code for one in pool_of(tmp_path).findings}


def test_no_finding_ever_quotes_a_profile(tmp_path: Path) -> None:
    for number, content in enumerate(
        (f'{{"{SECRET}": ', SECRET, f'["{SECRET}"]', profile_text(1), f'"{SECRET}"')
    ):
        (tmp_path / f"{number}.json").write_text(content)

    findings = pool_of(tmp_path).findings

    assert len(findings) == 5
    assert not any(SECRET in finding.sentence() for finding in findings)


@pytest.mark.parametrize(
    ("name", "shown"), [("user a", "user a"), ("ü", "ü"), ("a\nb", "a\\nb"), ("\udcff", "\\udcff")]
)
def test_a_name_is_shown_so_that_a_terminal_does_nothing_but_print_it(
    name: str, shown: str
) -> None:
    assert printable(name) == shown


@pytest.mark.parametrize(
    ("cookies", "warns"),
    [
        ([{"name": "NID", "value": "x", "domain": ".google.com"}], True),
        ([{"name": "SID", "value": "x", "domain": ".example.com"}], True),
        ([{"name": "SID", "value": "", "domain": ".google.com"}], True),
        ([{"name": "SID", "value": "x", "domain": ".google.com"}], False),
    ],
)
def test_a_profile_without_a_cookie_that_carries_a_login_is_warned_of(
    tmp_path: Path, cookies: list[dict[str, str]], *, warns: bool
) -> None:
    (tmp_path / "user-a.json").write_text(json.dumps({"cookies": cookies}))

    found = pool_of(tmp_path)

    assert [one.code for one in found.findings] == ["no-login"] * warns
    assert [one.severity for one in found.findings] == [Severity.WARNING] * warns
    assert [profile.name for profile in found.profiles] == ["user-a"]


def test_of_an_application_that_names_no_login_cookies_any_may_carry_one(tmp_path: Path) -> None:
    (tmp_path / "user-a.json").write_text('{"cookies": [{"name": "NID", "value": "x"}]}')

    assert read_pool(tmp_path, None, now=0.0).findings == ()
