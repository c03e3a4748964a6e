from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.render.endings import ending_text
from multi_instance_manager.reports.session import session_report
from multi_instance_manager.sessions.login_files import new_salt, read_login
from multi_instance_manager.sessions.login_state import LoginState

KNOWN = builtin_application().login

OLD = b'{"cookies": [{"name": "a", "value": "x", "expires": 100}]}'
NEW = b'{"cookies": [{"name": "a", "value": "x", "expires": 200}]}'


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    file = tmp_path / "pool.json"
    file.write_bytes(OLD)
    os.utime(file, (1000, 1000))
    return file


def copy_of(folder: Path, content: bytes, at: float) -> Path:
    copy = folder / "copy.json"
    copy.write_bytes(content)
    os.utime(copy, (at, at))
    return copy


def test_a_newer_session_of_the_instance_is_the_one_that_counts(pool: Path) -> None:
    found = read_login(pool, copy_of(pool.parent, NEW, 2000), KNOWN, salt=new_salt())

    assert (found.refreshed_at, found.is_saved) == (2000, False)
    assert found.facts is not None
    assert found.facts.login_expires_at == 200


def test_a_copy_that_is_equal_is_as_old_as_the_file_of_the_pool(pool: Path) -> None:
    found = read_login(pool, copy_of(pool.parent, OLD, 2000), KNOWN, salt=new_salt())

    assert (found.refreshed_at, found.is_saved) == (1000, True)


@pytest.mark.parametrize(("content", "at"), [(NEW, 500), (b'{"cook', 2000), (b"", 2000)])
def test_an_older_or_torn_copy_does_not_count(pool: Path, content: bytes, at: float) -> None:
    found = read_login(pool, copy_of(pool.parent, content, at), KNOWN, salt=new_salt())

    assert (found.refreshed_at, found.is_saved) == (1000, True)
    assert found.facts is not None
    assert found.facts.login_expires_at == 100


def test_a_copy_that_is_a_link_is_not_followed(pool: Path) -> None:
    other = copy_of(pool.parent, NEW, 2000)
    link = pool.parent / "link.json"
    link.symlink_to(other)

    assert read_login(pool, link, KNOWN, salt=new_salt()).is_saved


def test_what_cannot_be_read_has_no_facts(tmp_path: Path) -> None:
    found = read_login(
        tmp_path / "none.json", tmp_path / "none" / "copy.json", KNOWN, salt=new_salt()
    )

    assert (found.refreshed_at, found.facts) == (None, None)


def test_cookies_without_a_login_among_them_are_no_login_and_have_no_end(pool: Path) -> None:
    found = read_login(pool, pool.parent / "none", KNOWN, salt=new_salt())
    unnamed = read_login(pool, pool.parent / "none", None, salt=new_salt())

    assert (found.sign(50).state, found.sign(50).ends_at) == (LoginState.NO_LOGIN, None)
    assert (unnamed.sign(50).state, unnamed.sign(50).ends_at) == (LoginState.VALID, 100)
    assert ending_text(session_report(found, 50), datetime.fromtimestamp(50, tz=UTC)) == "no login"
