"""A runtime copy that the application deleted comes back, and nothing else is touched."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from multi_instance_manager.sessions.lost_copy import put_back
from unit.session_home import NAME, PROFILE, SessionHome


def session(text: str) -> bytes:
    return json.dumps({"cookies": [{"value": text}]}).encode()


FIRST, UNSAVED, LOGIN = session("first"), session("unsaved"), session("login")


class Home(SessionHome):
    """An instance that was launched, and whose copy its application then deleted."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, FIRST)
        self.install()
        self.copy.unlink()

    def put_back(self) -> str | None:
        return put_back(self.layout, NAME, PROFILE, self.pool_file)

    def synced(self, *, ago_s: float) -> None:
        record = self.layout.custody_record(NAME)
        moment = record.stat().st_mtime - ago_s
        os.utime(record, (moment, moment))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_it_comes_back_from_the_pool(home: Home) -> None:
    note = home.put_back()

    assert home.copy.read_bytes() == FIRST
    assert stat.S_IMODE(home.copy.stat().st_mode) == 0o666
    assert note == "its application had deleted its runtime copy; it was put back from the pool"


def test_a_session_that_never_came_to_the_pool_is_newer(home: Home) -> None:
    home.synced(ago_s=60)
    home.custodian.keep_version(NAME, UNSAVED)

    assert "the history" in str(home.put_back())
    assert home.copy.read_bytes() == UNSAVED


def test_a_version_from_before_the_last_sync_is_older_than_the_pool(home: Home) -> None:
    home.custodian.keep_version(NAME, UNSAVED)
    home.synced(ago_s=-60)

    home.put_back()

    assert home.copy.read_bytes() == FIRST


def test_another_login_of_the_owner_is_newer_than_any_session(home: Home) -> None:
    home.synced(ago_s=60)
    home.custodian.keep_version(NAME, UNSAVED)
    home.pool_file.write_bytes(LOGIN)

    home.put_back()

    assert home.copy.read_bytes() == LOGIN


def test_a_version_that_cannot_be_used_is_passed_over(home: Home) -> None:
    home.synced(ago_s=60)
    home.custodian.keep_version(NAME, UNSAVED)
    home.custodian.keep_version(NAME, b"torn")

    home.put_back()

    assert home.copy.read_bytes() == UNSAVED


@pytest.mark.parametrize("content", [UNSAVED, b"", b"torn"])
def test_a_copy_that_is_there_is_never_touched(home: Home, content: bytes) -> None:
    home.copy.write_bytes(content)
    before = home.copy.stat()

    assert home.put_back() is None
    assert home.copy.read_bytes() == content
    assert home.copy.stat().st_mtime_ns == before.st_mtime_ns


def test_a_link_in_its_place_is_not_followed(home: Home, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    home.copy.symlink_to(outside)

    assert home.put_back() is None
    assert not outside.exists()


def test_without_a_version_that_can_be_used_nothing_comes_back(home: Home) -> None:
    home.pool_file.write_bytes(b"torn")

    assert home.put_back() is None
    assert not home.copy.exists()
