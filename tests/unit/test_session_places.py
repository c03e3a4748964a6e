"""Instances whose sessions lie in another state folder are found, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from multi_instance_manager.commands.survey.home import home_of
from multi_instance_manager.commands.survey.other_state_folders import sessions_elsewhere
from unit.builders import ACTIVE, container_of, some_settings, spec_of

SPEC = spec_of("user-a")
NAME = SPEC.container_name


def found(folder: Path | str, state_dir: Path) -> list[str]:
    container = replace(container_of(SPEC), mounts={ACTIVE: str(folder)})
    home = home_of(some_settings(state_dir=state_dir), [container])
    return [finding.sentence() for finding in sessions_elsewhere([container], home)]


@pytest.fixture
def there(tmp_path: Path) -> Path:
    folder = tmp_path / "there" / "active" / NAME
    folder.mkdir(parents=True)
    return folder


def test_another_state_folder_is_named_with_the_way_to_it(tmp_path: Path, there: Path) -> None:
    (sentence,) = found(there, tmp_path / "here")

    assert NAME in sentence
    assert f"--state-dir {tmp_path / 'there'}" in sentence


def test_the_same_folder_by_another_path_is_the_same(tmp_path: Path, there: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "there")

    assert found(there, tmp_path / "link") == []


@pytest.mark.parametrize(
    "folder", ["", f"/nowhere/active/{NAME}", f"/proc/self/mem/active/{NAME}", "/etc"]
)
def test_a_folder_that_is_lost_or_not_told_keeps_nothing(tmp_path: Path, folder: str) -> None:
    assert found(folder, tmp_path / "here") == []
