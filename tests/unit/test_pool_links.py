"""Links in a pool: its owner's are followed, and none that a container may have planted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from multi_instance_manager.commands.profiles.saved import saved_profiles
from multi_instance_manager.probe.host_survey import gather_host_facts
from multi_instance_manager.sessions.open_pools import (
    file_in_pool,
    may_be_planted,
    remember_open_pool,
)
from multi_instance_manager.sessions.pool_links import NotFollowed, Unfollowed, real_file
from multi_instance_manager.settings.model import Settings
from multi_instance_manager.state import records
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout
from unit.builders import some_settings

LOGIN = b'{"cookies": [{"name": "a", "value": "b"}]}'
STRANGER = 4321
NOW = 1_700_000_000.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = some_settings(tmp_path, docker_env_file=None)
    made.profile_dir.mkdir(parents=True)
    return made


@pytest.fixture
def layout(settings: Settings) -> StateLayout:
    made = StateLayout(settings.state_dir, settings.container_prefix)
    prepare_top(made)
    return made


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    made = tmp_path / "vault" / "mine.json"
    made.parent.mkdir()
    made.write_bytes(LOGIN)
    return made


def linked(settings: Settings, target: Path | str, name: str = "user-a") -> Path:
    link = settings.profile_dir / f"{name}.json"
    link.symlink_to(target)
    return link


def refusals(settings: Settings) -> dict[str, str]:
    found = saved_profiles(settings, now=NOW)
    return {one.name: one.refusal.fact if one.refusal else "" for one in found}


def test_an_owners_link_is_followed_to_the_file_itself(settings: Settings, vault: Path) -> None:
    linked(settings, vault)

    assert refusals(settings) == {"user-a": ""}
    assert file_in_pool(settings, "user-a") == vault


def test_the_file_that_it_leads_to_may_be_anybodys(settings: Settings, vault: Path) -> None:
    """So may a file in the pool itself: it is replaced there, and keeps its owner."""
    os.chown(vault, STRANGER, STRANGER)
    linked(settings, vault)

    assert refusals(settings) == {"user-a": ""}


def test_where_instances_write_to_the_pool_a_link_out_of_it_is_no_profile(
    settings: Settings, vault: Path
) -> None:
    linked(settings, vault)

    (fact,) = refusals(replace(settings, rotation=True)).values()

    assert "link out of the profile directory" in fact
    with pytest.raises(NotFollowed) as refused:
        file_in_pool(replace(settings, rotation=True), "user-a")
    assert refused.value.reason is Unfollowed.MAY_BE_PLANTED


def test_that_they_could_write_to_it_once_is_not_forgotten(
    settings: Settings, layout: StateLayout, vault: Path
) -> None:
    remember_open_pool(settings, layout, NOW)
    assert not may_be_planted(settings)

    remember_open_pool(replace(settings, rotation=True), layout, NOW)
    linked(settings, vault)

    assert may_be_planted(settings)
    assert "link out of the profile directory" in refusals(settings)["user-a"]


def test_another_pool_of_the_same_state_folder_is_not_meant(
    settings: Settings, layout: StateLayout, tmp_path: Path
) -> None:
    remember_open_pool(replace(settings, rotation=True), layout, NOW)

    assert not may_be_planted(replace(settings, profile_dir=tmp_path / "other"))


def test_a_record_that_cannot_be_read_opens_nothing(
    settings: Settings, layout: StateLayout
) -> None:
    remember_open_pool(replace(settings, rotation=True), layout, NOW)
    layout.open_pools.write_text("{")

    assert may_be_planted(settings)
    with pytest.raises(records.UnreadableRecord):
        records.read_open_pools(layout)


def test_a_link_within_the_pool_leads_nowhere_else(settings: Settings) -> None:
    (settings.profile_dir / "user-a.json").write_bytes(LOGIN)
    linked(settings, "user-a.json", "user-b")

    found = real_file(settings.profile_dir / "user-b.json", may_be_planted=True)

    assert found == settings.profile_dir / "user-a.json"


def test_a_link_in_two_steps_out_of_the_pool_is_not_followed(
    settings: Settings, vault: Path
) -> None:
    linked(settings, vault, "user-a")
    link = linked(settings, "user-a.json", "user-b")

    with pytest.raises(NotFollowed):
        real_file(link, may_be_planted=True)


@pytest.mark.parametrize("theirs", ["the link", "the folder that it leads to"])
def test_a_link_of_another_user_is_not_followed(
    settings: Settings, vault: Path, theirs: str
) -> None:
    link = linked(settings, vault)
    path = link if theirs == "the link" else vault.parent
    os.chown(path, STRANGER, STRANGER, follow_symlinks=False)

    (fact,) = refusals(settings).values()

    assert "another user" in fact


def test_a_profile_that_no_reader_would_come_to_the_end_of_is_told_with_the_bound(
    settings: Settings,
) -> None:
    with (settings.profile_dir / "user-a.json").open("wb") as file:
        file.truncate(20 * 1024**3)

    assert "is larger than 64 MiB" in refusals(settings)["user-a"]


@pytest.mark.parametrize("where", ["a secret of the host", "a file of the tree"])
def test_a_key_file_that_is_a_link_gives_no_key(
    settings: Settings, tmp_path: Path, where: str
) -> None:
    tree = tmp_path / "auth_profiles"
    target = tmp_path / "shadow" if where == "a secret of the host" else tree / "other.txt"
    target.write_text("a-secret\n")
    (tree / "key.txt").symlink_to(target)

    facts = gather_host_facts(settings)

    assert facts.host.host_keys == ()
    assert "key.txt in it is a link, which is not followed" in str(facts.tree_fault)


def test_a_flood_of_keys_is_not_read(settings: Settings, tmp_path: Path) -> None:
    with (tmp_path / "auth_profiles" / "key.txt").open("wb") as file:
        file.truncate(20 * 1024**3)

    facts = gather_host_facts(settings)

    assert facts.host.host_keys == ()
    assert "larger than 64 kB" in str(facts.tree_fault)
