"""A profile that is a link to nothing is called that, and its owner's link stays."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from multi_instance_manager.commands.profiles.add import NewProfile, add_profiles
from multi_instance_manager.commands.profiles.restore import restore
from multi_instance_manager.errors import StateError
from multi_instance_manager.files.private_files import write_new
from multi_instance_manager.sessions import harvest
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.harvest import put_in_pool
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout
from unit.world import NAME, Builder

PROFILE = "user-a"
LOGIN = json.dumps({"cookies": [{"value": "another"}]}).encode()


@pytest.fixture
def custodian(tmp_path: Path) -> Custodian:
    layout = StateLayout(tmp_path / "state", "ai-proxy")
    prepare_top(layout)
    return Custodian(layout)


@pytest.fixture
def pool_file(tmp_path: Path) -> Path:
    made = tmp_path / "saved" / f"{PROFILE}.json"
    made.parent.mkdir()
    return made


def must_name_the_link(told: str, link: Path, target: Path) -> None:
    assert f"{link}: is a link to {target}, which does not exist; " in told
    assert "vanished" not in told
    assert link.is_symlink()
    assert not target.exists()


@pytest.mark.parametrize("where", ["elsewhere", "beside"])
def test_nothing_is_put_behind_a_link_to_nothing_and_the_link_is_named(
    custodian: Custodian, pool_file: Path, tmp_path: Path, where: str
) -> None:
    target = (tmp_path if where == "elsewhere" else pool_file.parent) / "gone.json"
    pool_file.symlink_to(target)

    with pytest.raises(StateError) as told:
        put_in_pool(custodian, NAME, pool_file, LOGIN)

    must_name_the_link(str(told.value), pool_file, target)


def test_a_link_that_leads_to_itself_is_called_that(custodian: Custodian, pool_file: Path) -> None:
    pool_file.symlink_to(pool_file)

    with pytest.raises(StateError, match="symbolic links") as told:
        put_in_pool(custodian, NAME, pool_file, LOGIN)
    assert "another program" not in str(told.value)


def test_a_login_that_came_meanwhile_is_kept_and_replaced(
    custodian: Custodian, pool_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harvest, "_PAUSE_S", 0.0)

    def written_before(path: Path, content: bytes, *, mode: int) -> None:
        path.write_bytes(b'{"cookies": [{"value": "meanwhile"}]}')
        write_new(path, content, mode=mode)

    monkeypatch.setattr("multi_instance_manager.sessions.harvest.write_new", written_before)

    kept = put_in_pool(custodian, NAME, pool_file, LOGIN)

    assert pool_file.read_bytes() == LOGIN
    assert kept is not None
    assert b"meanwhile" in kept.read_bytes()


def test_a_harvest_into_a_link_to_nothing_names_the_link_and_keeps_the_copy(
    custodian: Custodian, pool_file: Path, tmp_path: Path
) -> None:
    pool_file.write_bytes(LOGIN)
    custodian.install(NAME, PROFILE, pool_file, None)
    target = pool_file.rename(tmp_path / "real.json")
    pool_file.symlink_to(target)
    target.unlink()

    with pytest.raises(StateError) as told:
        custodian.harvest(NAME, PROFILE, pool_file)

    must_name_the_link(str(told.value), pool_file, target)
    assert custodian.layout.copy(NAME, PROFILE).read_bytes() == LOGIN


def test_the_commands_name_the_link(build: Builder, tmp_path: Path) -> None:
    world = build()
    world.launch()
    world.stop()
    target = tmp_path / "gone.json"
    world.pool_file.unlink()
    world.pool_file.symlink_to(target)

    with pytest.raises(StateError) as told:
        add_profiles(world.request(), [NewProfile(PROFILE, "stdin", LOGIN)], force=True)
    must_name_the_link(str(told.value), world.pool_file, target)
    with pytest.raises(StateError) as told:
        restore(world.request(), PROFILE, 1)
    must_name_the_link(str(told.value), world.pool_file, target)
    assert os.readlink(world.pool_file) == str(target)  # noqa: PTH115  # its text as it is
