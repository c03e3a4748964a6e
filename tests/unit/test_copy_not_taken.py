"""A copy that is too large or closed is named as that, never as torn, and is never thrown away."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from multi_instance_manager.errors import ManagerError
from multi_instance_manager.files.profile_size import LARGEST_PROFILE
from multi_instance_manager.files.untrusted_files import read_untrusted
from multi_instance_manager.fleet.save_outcome import Save, Unsaved
from multi_instance_manager.sessions import session_files
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.last_save import EndedHow, Ending, last_save_of
from multi_instance_manager.sessions.sync_state import NOT_TAKEN, Custody, SyncOutcome
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.text.secret import Secret

NAME, PROFILE = "ai-proxy-user-a", "user-a"
FIRST = json.dumps({"cookies": [{"value": "first"}]}).encode()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_files, "_READ_PAUSE_S", 0.0)


@pytest.fixture
def pool_file(tmp_path: Path) -> Path:
    made = tmp_path / "saved" / f"{PROFILE}.json"
    made.parent.mkdir()
    made.write_bytes(FIRST)
    return made


@pytest.fixture
def custodian(tmp_path: Path, pool_file: Path) -> Custodian:
    layout = StateLayout(tmp_path / "state", "ai-proxy")
    prepare_top(layout)
    made = Custodian(layout)
    made.install(NAME, PROFILE, pool_file, Secret("sk-a"))
    return made


@pytest.fixture
def copy(custodian: Custodian) -> Path:
    return custodian.layout.copy(NAME, PROFILE)


def grow(copy: Path) -> int:
    """One byte more than is taken; gives its inode."""
    os.truncate(copy, LARGEST_PROFILE + 1)
    return copy.stat().st_ino


def test_a_copy_beyond_the_bound_is_told_with_the_bound_and_stays(
    custodian: Custodian, copy: Path, pool_file: Path
) -> None:
    inode = grow(copy)

    found = custodian.harvest(NAME, PROFILE, pool_file)

    assert (found.custody, found.fate) == (Custody.TOO_LARGE, SyncOutcome.TOO_LARGE)
    assert "is larger than 64 MiB" in str(found.note)
    assert pool_file.read_bytes() == FIRST
    assert copy.stat().st_ino == inode


def test_a_new_launch_moves_it_into_the_history(
    custodian: Custodian, copy: Path, pool_file: Path
) -> None:
    inode = grow(copy)

    custodian.install(NAME, PROFILE, pool_file, None)

    assert copy.read_bytes() == FIRST
    kept = custodian.layout.history_dir(NAME) / "too-large.json"
    assert kept.stat().st_ino == inode


def test_so_does_the_end_of_an_instance_without_a_profile(custodian: Custodian, copy: Path) -> None:
    inode = grow(copy)

    kept = custodian.keep_copy(NAME, copy)

    assert kept is not None
    assert kept.stat().st_ino == inode
    assert not copy.exists()


def test_a_copy_that_is_closed_is_told_as_closed(
    custodian: Custodian, copy: Path, pool_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.write_bytes(FIRST + b" ")

    def closed(path: Path) -> bytes | None:
        if path == copy:
            raise PermissionError(13, "Permission denied")
        return read_untrusted(path)

    monkeypatch.setattr(session_files, "read_untrusted", closed)

    found = custodian.harvest(NAME, PROFILE, pool_file)

    assert (found.custody, found.fate) == (Custody.CLOSED, SyncOutcome.CLOSED)
    assert "cannot be read by this user" in str(found.note)


def test_a_copy_that_is_half_a_file_is_told_as_torn(
    custodian: Custodian, copy: Path, pool_file: Path
) -> None:
    copy.write_bytes(FIRST[:-3])

    found = custodian.harvest(NAME, PROFILE, pool_file)

    assert found.fate is SyncOutcome.TORN
    assert "is torn" in str(found.note)


@pytest.mark.parametrize("has_record", [True, False])
@pytest.mark.parametrize("is_pool_new", [True, False])
@pytest.mark.parametrize("fate", [SyncOutcome.TORN, SyncOutcome.TOO_LARGE])
def test_it_is_told_as_that_whatever_else_is_known(
    custodian: Custodian,
    copy: Path,
    pool_file: Path,
    fate: SyncOutcome,
    *,
    has_record: bool,
    is_pool_new: bool,
) -> None:
    if fate is SyncOutcome.TORN:
        copy.write_bytes(FIRST[:-3])
    else:
        grow(copy)
    if is_pool_new:
        pool_file.write_bytes(FIRST + b"\n")
    if not has_record:
        custodian.layout.custody_record(NAME).unlink()

    found = custodian.harvest(NAME, PROFILE, pool_file)

    assert found.fate is fate
    assert NOT_TAKEN[fate] in str(found.note)
    assert copy.exists()


@pytest.mark.parametrize("fate", NOT_TAKEN)
def test_a_copy_that_was_not_taken_is_no_save(fate: SyncOutcome) -> None:
    last = last_save_of(Ending(EndedHow.BY_ITSELF, has_written=True), fate)

    assert last.save is Save.NOT_SAVED
    assert last.why in {Unsaved.TORN, Unsaved.TOO_LARGE, Unsaved.CLOSED}
    assert last.may_have_lost


def test_what_cannot_be_opened_is_an_error_that_says_so(
    custodian: Custodian, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied", str(copy.parent))

    monkeypatch.setattr(os, "open", refused)

    with pytest.raises(ManagerError) as told:
        custodian.forget(NAME)
    assert isinstance(told.value.__cause__, PermissionError)
