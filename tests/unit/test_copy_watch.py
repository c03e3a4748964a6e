"""Whether a copy was saved while its application ended, and what is kept of that."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from multi_instance_manager.execute import copy_watch
from multi_instance_manager.execute.copy_watch import CopyWatch
from multi_instance_manager.sessions import session_files

BEFORE, SAVED, LATER = (json.dumps({"cookies": [v]}).encode() for v in ("old", "new", "later"))


def never(before: bytes, after: bytes) -> bool:
    del before, after
    return False


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(copy_watch, "time", SimpleNamespace(monotonic=made.monotonic))
    monkeypatch.setattr(session_files, "_READ_PAUSE_S", 0.0)
    return made


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    made = tmp_path / "user-a.json"
    made.write_bytes(BEFORE)
    return made


def saved_after(watch: CopyWatch, clock: Clock, seconds: float) -> bool:
    watch.is_saved()
    clock.now_s += seconds
    return watch.is_saved()


def test_what_was_not_written_is_not_saved_however_long_it_takes(clock: Clock, copy: Path) -> None:
    assert not saved_after(CopyWatch(copy), clock, 3600)


def test_what_was_written_and_left_alone_for_a_moment_is_saved(clock: Clock, copy: Path) -> None:
    watch = CopyWatch(copy)
    copy.write_bytes(SAVED)

    assert not watch.is_saved()
    assert not saved_after(watch, clock, 2.9)
    assert saved_after(watch, clock, 0.2)
    assert watch.has_changed


def test_half_a_file_is_not_saved_until_the_rest_is_there(clock: Clock, copy: Path) -> None:
    watch = CopyWatch(copy)
    copy.write_bytes(SAVED[:10])
    assert not saved_after(watch, clock, 60)

    copy.write_bytes(SAVED)

    assert saved_after(watch, clock, 4)


def test_the_same_content_written_anew_is_saved_and_nothing_new(clock: Clock, copy: Path) -> None:
    watch = CopyWatch(copy)
    copy.write_bytes(BEFORE)
    os.utime(copy, (1, 1))

    assert saved_after(watch, clock, 4)
    assert not watch.has_changed
    assert watch.hold() is None


def test_one_that_was_written_where_none_was_is_saved(clock: Clock, copy: Path) -> None:
    copy.unlink()
    watch = CopyWatch(copy)
    copy.write_bytes(SAVED)

    assert saved_after(watch, clock, 4)
    assert watch.hold() == SAVED


def test_one_that_is_gone_is_not_saved(clock: Clock, copy: Path) -> None:
    watch = CopyWatch(copy)
    copy.unlink()

    assert not saved_after(watch, clock, 4)
    assert watch.hold() is None
    assert not watch.put_back(never)


@pytest.mark.parametrize("damage", [b"", SAVED[:12], b"[]"], ids=["empty", "torn", "no profile"])
def test_what_is_damaged_after_it_was_held_is_put_back(
    clock: Clock, copy: Path, damage: bytes
) -> None:
    del clock
    watch = CopyWatch(copy)
    copy.write_bytes(SAVED)
    assert watch.hold() == SAVED
    copy.write_bytes(damage)

    assert watch.put_back(never)

    assert copy.read_bytes() == SAVED


def test_a_newer_save_stays_unless_it_is_spoilt(clock: Clock, copy: Path) -> None:
    del clock
    watch = CopyWatch(copy)
    copy.write_bytes(SAVED)
    watch.hold()
    copy.write_bytes(LATER)

    assert not watch.put_back(never)
    assert copy.read_bytes() == LATER
    assert watch.put_back(lambda before, after: (before, after) == (SAVED, LATER))
    assert copy.read_bytes() == SAVED


def test_a_link_that_a_container_put_in_its_place_is_neither_read_nor_followed(
    clock: Clock, copy: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.json"
    secret.write_bytes(LATER)
    watch = CopyWatch(copy)
    copy.write_bytes(SAVED)
    watch.hold()
    copy.unlink()
    copy.symlink_to(secret)

    assert not saved_after(watch, clock, 4)
    assert watch.put_back(never)
    assert not copy.is_symlink()
    assert copy.read_bytes() == SAVED
    assert secret.read_bytes() == LATER


def test_a_pipe_in_its_place_keeps_nobody_waiting(clock: Clock, copy: Path) -> None:
    watch = CopyWatch(copy)
    copy.unlink()
    os.mkfifo(copy)

    assert not saved_after(watch, clock, 4)
    assert watch.hold() is None
