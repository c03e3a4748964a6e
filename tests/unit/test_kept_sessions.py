"""The session files of a state folder are found at their places, however it was filled."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from multi_instance_manager.commands.survey.known_secrets import redactor_of
from multi_instance_manager.files.untrusted_folders import empty_folder
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.probe.host_survey import gather_host_facts
from multi_instance_manager.sessions.kept_sessions import own_profile_name, session_files
from multi_instance_manager.settings.model import Settings
from multi_instance_manager.state.folder import prepare_top, sweep_below
from multi_instance_manager.state.layout import StateLayout
from unit.builders import some_host, some_settings

DEEP = 1500
NAME = "ai-proxy-user-a"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    saved = tmp_path / "auth_profiles" / "saved"
    saved.mkdir(parents=True)
    return some_settings(
        project_root=tmp_path, profile_dir=saved, state_dir=tmp_path / "state", docker_env_file=None
    )


@pytest.fixture
def layout(settings: Settings) -> StateLayout:
    made = StateLayout(settings.state_dir, settings.container_prefix)
    prepare_top(made)
    made.active_dir(NAME).mkdir(parents=True)
    return made


class Seen:
    specs = ()

    def __init__(self, settings: Settings) -> None:
        self.settings = settings


def fill(folder: Path, name: str) -> None:
    """A tree that is deeper than any stack, or has a path that is longer than the kernel takes."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(DEEP):
        os.mkdir(name, dir_fd=descriptor)
        inner = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(os.open("deep.json", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
    os.close(descriptor)


@pytest.mark.parametrize("name", ["d", "d" * 200])
def test_a_tree_without_end_keeps_no_command_from_its_work(
    settings: Settings, layout: StateLayout, name: str
) -> None:
    copy = layout.copy(NAME, "user-a")
    copy.write_text('{"cookies": [{"value": "a-secret-of-the-copy"}]}')
    filled = (layout.active_dir(NAME), settings.project_root / "auth_profiles" / "more")
    for folder in filled:
        fill(folder, name)

    try:
        sweep_below(layout.top)
        redactor = redactor_of(Seen(settings), some_host())
        facts = gather_host_facts(settings)
        files = list(session_files(layout))
    finally:
        for folder in filled:
            empty_folder(folder / name)

    assert "a-secret-of-the-copy" not in redactor.text("it said a-secret-of-the-copy")
    assert facts.visible_profiles == ()
    assert files == [str(copy)]


def test_what_a_killed_manager_left_is_swept_at_every_place(layout: StateLayout) -> None:
    places = [
        layout.ledger.parent,
        layout.active_dir(NAME),
        layout.saved_dir(NAME),
        layout.history_dir(NAME),
    ]
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        (place / ".x.unfinished-by-999999999-abc").touch()

    sweep_below(layout.top)

    assert [path for place in places for path in place.iterdir()] == []


def test_an_own_copy_is_found_in_a_flood_of_others(layout: StateLayout) -> None:
    folder = layout.active_dir(NAME)
    for number in range(200):
        (folder / f"{number:03}.json").touch()
    (folder / "user-a.json").touch()

    found = list(session_files(layout))

    assert found[0] == str(folder / "user-a.json")
    assert len(found) < 50


@pytest.mark.parametrize("planted", ["user-b.json", "aaa.json", "../user-b.json", "user-a.JSON"])
def test_a_file_of_another_profiles_name_is_never_taken_for_the_own_copy(
    layout: StateLayout, planted: str
) -> None:
    if "/" not in planted:
        (layout.active_dir(NAME) / planted).touch()

    assert own_profile_name(layout, NAME) is None


@pytest.mark.parametrize("profile_name", ["user-a", "Üser A", "User"])
def test_the_own_copy_is_known_by_the_containers_name(
    layout: StateLayout, profile_name: str
) -> None:
    container_name = container_name_of(layout.fleet, profile_name)
    folder = layout.active_dir(container_name)
    folder.mkdir(exist_ok=True)
    (folder / "a.json").touch()
    (folder / f"{profile_name}.json").touch()

    assert own_profile_name(layout, container_name) == profile_name


def test_a_link_among_the_copies_is_no_session(layout: StateLayout, tmp_path: Path) -> None:
    secret = tmp_path / "shadow.json"
    secret.write_text('{"cookies": [{"value": "a-secret-of-the-host"}]}')
    link = layout.active_dir(NAME) / "user-a.json"
    link.symlink_to(secret)
    settings = some_settings(
        project_root=tmp_path, profile_dir=tmp_path / "none", state_dir=layout.top
    )

    redactor = redactor_of(Seen(settings), some_host())

    assert redactor.text("a-secret-of-the-host") == "a-secret-of-the-host"
