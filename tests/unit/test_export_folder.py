"""What an export does to its folder, and when it does nothing."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from multi_instance_manager.commands.export.export import export
from multi_instance_manager.commands.export.target_folder import MARKER
from multi_instance_manager.errors import ManagerError, Refused
from multi_instance_manager.export.exported import ExportFormat
from multi_instance_manager.render.export import export_text
from multi_instance_manager.reports.export import ExportReport
from multi_instance_manager.settings.override import Override
from unit.builders import KEY
from unit.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "project", monkeypatch, ("user-a", "user-b"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files" / "for-compose"


def write(
    world: World,
    folder: Path,
    form: ExportFormat = ExportFormat.COMPOSE,
    *,
    with_secrets: bool = False,
) -> ExportReport:
    return export(world.request(), form, folder, with_secrets=with_secrets)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("form", ExportFormat)
def test_an_export_writes_what_it_reports(world: World, folder: Path, form: ExportFormat) -> None:
    report = write(world, folder, form, with_secrets=True)

    assert names_in(folder) == {MARKER, *(file.name for file in report.files)}
    assert report.profiles == ("user-a", "user-b")
    assert {"custody", "proof", "replacement"} <= {lost.code for lost in report.lost}
    text = export_text(report)
    assert text.startswith(f"2 instances exported for {form} to {folder}:\n")
    assert all(lost.sentence in text for lost in report.lost)
    assert KEY not in text


@pytest.mark.parametrize("form", ExportFormat)
def test_only_the_owner_can_read_the_secrets(
    world: World, folder: Path, form: ExportFormat
) -> None:
    report = write(world, folder, form, with_secrets=True)

    (secret,) = [file.name for file in report.files if file.holds_secrets]
    assert stat.S_IMODE((folder / secret).stat().st_mode) == 0o600
    assert KEY in (folder / secret).read_text()
    others = [file.name for file in report.files if not file.holds_secrets]
    assert not [name for name in others if KEY in (folder / name).read_text()]
    assert not [name for name in others if '"value"' in (folder / name).read_text()]


def test_a_manifest_of_secrets_has_the_login_of_each_profile(world: World, folder: Path) -> None:
    write(world, folder, ExportFormat.KUBERNETES, with_secrets=True)

    text = (folder / "secrets.yaml").read_text()
    assert text.count(json.dumps(world.pool_file.read_text())) == 2


def test_an_export_takes_the_place_of_an_earlier_one(world: World, folder: Path) -> None:
    write(world, folder, with_secrets=True)
    write(world, folder, ExportFormat.STACK)

    assert names_in(folder) == {MARKER, "stack.yml", "prepare.sh"}


def test_an_export_changes_no_instance(world: World, folder: Path) -> None:
    world.settings.state_dir.mkdir()
    write(world, folder)

    assert world.engine.containers == {}
    assert list(world.settings.state_dir.iterdir()) == []


def test_an_empty_folder_is_taken(world: World, folder: Path) -> None:
    folder.mkdir(parents=True)

    assert "docker-compose.yml" in {file.name for file in write(world, folder).files}


def must_be_refused(world: World, folder: Path, *words: str) -> None:
    with pytest.raises(Refused) as caught:
        write(world, folder)
    for word in words:
        assert word in str(caught.value)


def test_a_folder_with_other_files_is_refused_and_left_alone(world: World, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "docker-compose.yml").write_text("mine")

    must_be_refused(world, folder, "holds docker-compose.yml", "an empty folder")

    assert (folder / "docker-compose.yml").read_text() == "mine"
    assert names_in(folder) == {"docker-compose.yml"}


def test_a_file_beside_those_of_an_earlier_export_is_named(world: World, folder: Path) -> None:
    write(world, folder)
    (folder / "notes.txt").write_text("mine")

    must_be_refused(world, folder, "holds notes.txt")


def test_a_marker_that_says_nothing_vouches_for_nothing(world: World, folder: Path) -> None:
    write(world, folder)
    (folder / MARKER).write_text("{")

    must_be_refused(world, folder, "holds docker-compose.yml")


def test_a_file_in_the_place_of_the_folder_is_refused(world: World, folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("mine")

    must_be_refused(world, folder, "is not a folder")


def test_a_pool_without_profiles_is_refused(world: World, folder: Path) -> None:
    for path in world.saved.iterdir():
        path.unlink()

    with pytest.raises(ManagerError):
        write(world, folder)
    assert not folder.exists()


def test_a_pool_whose_profiles_are_all_disabled_is_refused(world: World, folder: Path) -> None:
    world.wish(overrides={name: Override(enabled=False) for name in ("user-a", "user-b")})

    must_be_refused(world, folder, "no profile that is launched")
    assert not folder.exists()


def test_a_path_that_is_no_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    world = World(tmp_path / os.fsdecode(b"project-\xff"), monkeypatch)

    must_be_refused(world, folder, "is not UTF-8")
    assert not folder.exists()


def test_an_environment_file_that_is_no_text_is_refused_where_it_is_written_down(
    world: World, folder: Path, tmp_path: Path
) -> None:
    env_file = tmp_path / "latin.env"
    env_file.write_bytes(b"NAME=caf\xe9\n")
    world.wish(docker_env_file=env_file)

    with pytest.raises(Refused, match="is not UTF-8; write it in UTF-8"):
        write(world, folder, ExportFormat.KUBERNETES, with_secrets=True)
    assert not folder.exists()
    assert write(world, folder, ExportFormat.COMPOSE, with_secrets=True).exit_code == 0
