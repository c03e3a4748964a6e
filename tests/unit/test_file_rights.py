"""File systems without modes and owners cost no session; what root makes for a user is theirs."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import NoReturn

import pytest

from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.sync_state import Custody
from multi_instance_manager.state import records
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.journal import Journal
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.state.lock import fleet_lock
from multi_instance_manager.text.secret import Secret

NAME, PROFILE, USER = "ai-proxy-user-a", "user-a", 4321
FIRST, REFRESHED = (json.dumps({"cookies": [{"value": text}]}).encode() for text in "ab")


@pytest.fixture
def layout(tmp_path: Path) -> StateLayout:
    return StateLayout(tmp_path / "project" / "state", "ai-proxy")


@pytest.fixture
def pool_file(tmp_path: Path) -> Path:
    made = tmp_path / "project" / "saved" / f"{PROFILE}.json"
    made.parent.mkdir(parents=True)
    made.write_bytes(FIRST)
    return made


@pytest.mark.parametrize("refusal", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS])
def test_without_modes_and_owners_a_session_still_reaches_the_pool_and_down_its_end(
    layout: StateLayout, pool_file: Path, monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    def refused(*_: object, **__: object) -> NoReturn:
        raise OSError(refusal, os.strerror(refusal))

    for call in ("chmod", "fchmod", "chown", "fchown", "lchown"):
        monkeypatch.setattr(os, call, refused)
    custodian = Custodian(layout)

    prepare_top(layout)
    with fleet_lock(layout, timeout_s=0):
        Journal(layout).close()
        custodian.install(NAME, PROFILE, pool_file, Secret("sk-a"))
        layout.copy(NAME, PROFILE).write_bytes(REFRESHED)
        assert custodian.harvest(NAME, PROFILE, pool_file).custody is Custody.COPY_CHANGED
        custodian.stash(NAME, PROFILE)
        custodian.unstash(NAME, PROFILE)
        custodian.forget(NAME)

    assert pool_file.read_bytes() == REFRESHED
    assert not layout.active_dir(NAME).exists()


def test_another_error_of_a_mode_is_told(
    layout: StateLayout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "project").mkdir()
    prepare_top(layout)

    def refused(*_: object) -> NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fchmod", refused)

    with pytest.raises(Exception, match="Input/output error"):
        records.write_ledger(layout, {"user-a": 0})


def test_what_root_makes_in_a_users_folder_is_the_users(
    layout: StateLayout, pool_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_UID", str(USER))
    project = layout.top.parent
    for path in (project, pool_file.parent, pool_file):
        os.chown(path, USER, USER)
    custodian = Custodian(layout)

    prepare_top(layout)
    with fleet_lock(layout, timeout_s=0):
        Journal(layout).close()
        records.write_ledger(layout, {PROFILE: 0})
        custodian.install(NAME, PROFILE, pool_file, Secret("sk-a"))
        layout.copy(NAME, PROFILE).write_bytes(REFRESHED)
        custodian.harvest(NAME, PROFILE, pool_file)
        owners = {str(path): path.lstat().st_uid for path in (project, *project.rglob("*"))}

    assert len(owners) > 15
    assert {path: uid for path, uid in owners.items() if uid != USER} == {}
