"""A state folder is known by what it is: wherever it went, nothing that runs is called gone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.obligations import containers, docker, inspect, must_succeed, serves, use_until_it_saves
from e2e.project import Project

ACTS = ("up",), ("stop",), ("sync",), ("down", "--verify"), ("start",), ("restart",), ("verify",)


@pytest.fixture
def pool(project: Project) -> Project:
    project.add("user-a")
    must_succeed(project.up())
    return project


def must_tell(project: Project, *words: str) -> None:
    """Every command that acts says the one cause, and touches nothing."""
    standing = containers(project)
    for act in ACTS:
        result = project.command(*act)
        assert result.code == 3, result.text
        assert all(word in result.text for word in words), result.text
        assert result.err.count("error:") == 1, result.text
    assert containers(project) == standing
    assert runs(project)
    assert project.copy_of("user-a").is_file()


def runs(project: Project) -> bool:
    return bool(inspect(project.container("user-a"))["State"]["Running"])


def move(project: Project, folder: str) -> None:
    project.root = project.root.rename(project.root.with_name(folder))


def test_a_project_that_moved_is_told_and_adopted_with_its_instances(pool: Project) -> None:
    before, old = pool.root, containers(pool)
    move(pool, "moved")
    must_tell(pool, f"the project moved from {before}", "`multi-instance adopt`")
    shown = pool.command("status", "--output", "json").document["instances"]
    assert [one["container"]["state"] for one in shown] == ["running"]

    adopted = must_succeed(pool.command("adopt"))

    assert f"adopted: {pool.container('user-a')}" in adopted.out
    use_until_it_saves(pool.api_port)
    must_succeed(pool.command("sync"))
    assert '"saves"' in (pool.saved / "user-a.json").read_text()
    must_succeed(pool.up())
    assert containers(pool) != old
    assert serves(pool.api_port, "user-a")
    must_succeed(pool.command("down", "--verify"))
    assert containers(pool) == {}


def test_what_was_adopted_can_be_taken_down_at_once(pool: Project) -> None:
    move(pool, "moved")
    must_succeed(pool.command("adopt"))

    must_succeed(pool.command("down", "--verify"))

    assert containers(pool) == {}
    assert "nothing to adopt" in must_succeed(pool.command("adopt")).out


def test_a_copy_is_told_as_a_copy_and_its_original_stays(pool: Project) -> None:
    original, copied = pool.root, pool.root.with_name("copied")
    shutil.copytree(original, copied)
    pool.root = copied
    must_tell(pool, f"is a copy of {original}", "`multi-instance adopt`")

    must_succeed(pool.command("adopt"))

    assert str(original) in pool.up().text
    assert runs(pool)
    pool.root = original
    must_succeed(pool.command("down", "--verify"))


@pytest.fixture
def mounted(pool: Project) -> Iterator[Callable[[], Path]]:
    """Mounts the project at a second path."""
    other = pool.root.with_name("other-path")
    other.mkdir()

    def mount() -> Path:
        subprocess.run(["mount", "--bind", pool.root, other], check=True)
        return other

    yield mount
    subprocess.run(["umount", "-l", other], check=False)


def test_a_project_under_another_path_is_told_and_can_be_adopted(
    pool: Project, mounted: Callable[[], Path]
) -> None:
    first = pool.root
    pool.root = mounted()
    must_tell(pool, f"is {first} under another path", "`multi-instance adopt`")

    must_succeed(pool.command("adopt"))

    must_succeed(pool.up())
    assert serves(pool.api_port, "user-a")
    pool.root = first
    must_tell(pool, "under another path")


def test_one_state_folder_for_two_projects_is_told_and_never_taken_over(pool: Project) -> None:
    first, state = pool.root, pool.state
    second = first.with_name("second")
    shutil.copytree(first / "auth_profiles", second / "auth_profiles")
    for act in (*ACTS, ("adopt",)):
        result = pool.command(*act, "--state-dir", state, cwd=second)
        assert result.code == 3, result.text
        assert f"is used by the project {first}, too" in result.text
    assert runs(pool)
    must_succeed(pool.command("stop"))


def test_without_its_state_folder_a_moved_project_is_known_by_its_containers(
    pool: Project,
) -> None:
    before = pool.root
    shutil.rmtree(pool.state)
    move(pool, "moved")
    result = pool.command("stop")
    assert (result.code, f"moved from {before}" in result.text) == (3, True), result.text

    must_succeed(pool.command("adopt"))
    must_succeed(pool.up())

    assert serves(pool.api_port, "user-a")
    assert len(docker("ps", "-aq", "--filter", f"name=^{pool.prefix}-").split()) == 1
