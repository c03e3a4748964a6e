"""A state folder that was replaced under a running instance costs nothing that it saves."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from e2e.obligations import containers, eventually, must_succeed, serves, use_until_it_saves
from e2e.project import Project


@pytest.fixture
def pool(project: Project) -> Project:
    project.add("user-a")
    must_succeed(project.up())
    return project


def copied_and_renamed(state: Path) -> Path:
    """Gives the folder that the instance still saves in."""
    before = state.with_name("before")
    shutil.copytree(state, state.with_name("copied"))
    state.rename(before)
    state.with_name("copied").rename(state)
    return before


def copied_and_removed(state: Path) -> Path:
    before = copied_and_renamed(state)
    shutil.rmtree(before)
    return before


def saves(file: Path) -> int:
    return int(json.loads(file.read_text()).get("reference_instance", {}).get("saves", 0))


def test_what_it_saves_elsewhere_is_brought_in_and_it_is_made_anew(pool: Project) -> None:
    before = copied_and_renamed(pool.state) / pool.copy_of("user-a").relative_to(pool.state)
    use_until_it_saves(pool.api_port)
    eventually(lambda: saves(before) > 0)
    pool_file = pool.saved / "user-a.json"

    synced = must_succeed(pool.command("sync", "--output", "json")).document["instances"]

    assert [one["session"] for one in synced] == ["saved"]
    assert saves(pool_file) == saves(before)
    assert "its session's folder was replaced under it" in pool.command("plan").text
    must_succeed(pool.up())
    assert saves(pool_file) == saves(before)
    copy = pool.copy_of("user-a")
    began_with = copy.read_bytes()
    use_until_it_saves(pool.api_port)
    eventually(lambda: copy.read_bytes() != began_with)
    assert "nothing to do" in must_succeed(pool.command("plan")).text


@pytest.mark.parametrize("command", ["stop", "down"])
def test_its_last_save_is_brought_in_whatever_ends_it(pool: Project, command: str) -> None:
    before = copied_and_renamed(pool.state) / pool.copy_of("user-a").relative_to(pool.state)

    must_succeed(pool.command(command))

    assert saves(before) > 0
    assert saves(pool.saved / "user-a.json") == saves(before)


def test_one_whose_folder_is_gone_is_never_called_saved(pool: Project) -> None:
    copied_and_removed(pool.state)

    synced = pool.command("sync")
    assert (synced.code, "nowhere to be had" in synced.text) == (1, True), synced.text

    must_succeed(pool.up())
    assert serves(pool.api_port, "user-a")
    assert must_succeed(pool.command("sync")).code == 0


def test_no_session_is_removed_under_a_process_that_works_on_it(pool: Project) -> None:
    """Whatever it is: here, one that no label and no list of this fleet tells of."""
    folder = pool.copy_of("user-a").parent
    inside = f"mount --bind {folder} /mnt && echo ready && exec sleep 300"
    words = ["unshare", "--mount", "--propagation=private", "sh", "-c", inside]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "ready\n"

            down = pool.command("down", "--verify")

            assert down.code == 1
            assert f"process {other.pid} (sleep) has it mounted" in down.text
            assert "verified" not in down.text
            assert pool.copy_of("user-a").is_file()
        finally:
            other.kill()
    must_succeed(pool.command("down", "--verify"))
    assert containers(pool) == {}
