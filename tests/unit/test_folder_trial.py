"""The doctor tries the folders that a launch writes to, and leaves nothing behind."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest
from msgspec.structs import replace

from multi_instance_manager.checks.doctor import Facts, HereFacts
from multi_instance_manager.checks.doctor.check_result import CheckOutcome, CheckVerdict
from multi_instance_manager.checks.doctor.pool import check_pool
from multi_instance_manager.files.folder_trial import try_folder
from multi_instance_manager.files.folder_usability import FolderTrial
from multi_instance_manager.files.rights import make_file, make_folder
from unit.builders import some_settings


def refusing(number: int) -> object:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return refuse


def test_an_ordinary_folder_keeps_modes_and_is_left_as_it_was(tmp_path: Path) -> None:
    assert try_folder(tmp_path) == FolderTrial()
    assert list(tmp_path.iterdir()) == []


def test_of_a_folder_that_is_not_there_the_nearest_above_is_tried(tmp_path: Path) -> None:
    assert try_folder(tmp_path / "not" / "there") == FolderTrial()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_file_system_without_modes_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(os, "fchmod", refusing(number))

    assert try_folder(tmp_path) == FolderTrial(keeps_modes=False)
    assert list(tmp_path.iterdir()) == []


def test_so_is_one_that_says_yes_and_keeps_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fchmod", lambda *_: None)

    assert try_folder(tmp_path) == FolderTrial(keeps_modes=False)


def test_what_cannot_be_written_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", refusing(errno.EIO))

    assert try_folder(tmp_path) == FolderTrial(fault="Input/output error")
    assert list(tmp_path.iterdir()) == []


HERE = HereFacts(now=0.0)


def state_folder_of(trial: FolderTrial | None) -> CheckOutcome:
    facts = Facts(settings=some_settings(), findings=(), here=replace(HERE, state_trial=trial))
    (found,) = [check for check in check_pool(facts) if check.name == "state-folder"]
    return found


@pytest.mark.parametrize(
    ("trial", "verdict", "seen"),
    [
        (None, CheckVerdict.OK, "can be written"),
        (FolderTrial(), CheckVerdict.OK, "can be written"),
        (FolderTrial(fault="Read-only file system"), CheckVerdict.ERROR, "(Read-only file system)"),
        (FolderTrial(keeps_modes=False), CheckVerdict.WARNING, "keeps no modes"),
    ],
)
def test_the_doctor_says_what_came_of_the_trial(
    trial: FolderTrial | None, verdict: CheckVerdict, seen: str
) -> None:
    check = state_folder_of(trial)

    assert check.verdict is verdict
    assert seen in check.seen


def test_what_is_made_has_its_mode_from_the_beginning(tmp_path: Path) -> None:
    """A file system may refuse to change it, and a container must be able to enter."""
    before = os.umask(0o077)
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        assert make_folder("active", folder, 0o777)
        assert not make_folder("active", folder, 0o777)
        descriptor, name = make_file(tmp_path / ".copy-", 0o666)
        os.close(descriptor)
    finally:
        os.close(folder)
        assert os.umask(before) == 0o077

    assert (tmp_path / "active").stat().st_mode & 0o777 == 0o777
    assert Path(name).stat().st_mode & 0o777 == 0o666
