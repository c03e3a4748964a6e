"""Files and folders of the host that cannot be used: named before anything is touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.obligations import containers, docker, must_be_refused, must_succeed
from e2e.project import Project
from e2e.refusals import errors, mounted, must_report, nothing_changes, up_with_ordinary_rights


@pytest.fixture(autouse=True)
def pool(project: Project) -> None:
    project.add("user-a")


def test_a_missing_environment_file_is_named_with_the_way_to_go_without(project: Project) -> None:
    file = project.root / "docker" / ".env"
    file.unlink()
    with nothing_changes(project):
        result = project.up()

    must_report(result, (str(file), "does not exist", "--docker-env-file", "--no-docker-env"))
    must_succeed(project.up("--no-docker-env"))


@pytest.mark.parametrize("by_variable", [False, True])
def test_an_environment_file_that_was_named_and_is_missing_is_named(
    project: Project, by_variable: bool
) -> None:
    missing = str(project.root / "other.env")
    with nothing_changes(project):
        if by_variable:
            result = project.up(env={"DOCKER_ENV_FILE": missing})
        else:
            result = project.up("--docker-env-file", missing)

    must_report(result, (missing, "does not exist", "create it"))


def test_an_environment_file_that_is_a_directory_is_named(project: Project) -> None:
    folder = project.root / "docker"
    with nothing_changes(project):
        result = project.up("--docker-env-file", folder)

    must_report(result, (f"environment file {folder}", "is not a file", "--docker-env-file"))


def test_an_environment_file_that_is_a_pipe_is_not_waited_for(project: Project) -> None:
    pipe = project.root / "pipe"
    os.mkfifo(pipe)
    with nothing_changes(project):
        result = project.run("timeout", "20", "multi-instance", "up", "--docker-env-file", pipe)

    must_report(result, (f"environment file {pipe}", "is not a file"))


def test_an_environment_file_that_may_not_be_read_is_named(project: Project) -> None:
    file = project.root / "docker" / ".env"
    file.chmod(0o000)
    with nothing_changes(project):
        result = up_with_ordinary_rights(project)

    must_report(result, (str(file), "cannot be read", "--no-docker-env"))


def test_a_key_file_that_is_a_directory_is_named(project: Project) -> None:
    (project.root / "auth_profiles" / "key.txt").mkdir()
    with nothing_changes(project):
        result = project.up()

    must_report(result, ("key.txt", "is a directory", "mend"))


def test_a_state_folder_on_a_read_only_file_system_is_named(project: Project) -> None:
    project.state.mkdir()
    with _read_only(project.state), nothing_changes(project):
        result = project.up()

    must_report(result, (f"state folder {project.state}", "read-only", "RUNTIME_STATE_DIR"))
    assert "free space" not in result.text


def test_a_state_folder_that_became_read_only_leaves_the_instances_alone(project: Project) -> None:
    must_succeed(project.up())
    with _read_only(project.state), nothing_changes(project):
        result = project.up("--recreate")

    must_report(result, (f"state folder {project.state}", "read-only", "RUNTIME_STATE_DIR"))


def test_a_state_folder_that_this_user_may_not_make_is_named(project: Project) -> None:
    project.root.chmod(0o555)
    with nothing_changes(project):
        result = up_with_ordinary_rights(project)

    fact = f"cannot be written by this user: {project.root};"
    must_report(result, (f"state folder {project.state}", fact, "RUNTIME_STATE_DIR"))


def test_a_state_folder_that_this_user_may_not_write_is_named(project: Project) -> None:
    project.state.mkdir(mode=0o500)
    with nothing_changes(project):
        result = up_with_ordinary_rights(project)

    must_report(result, (f"state folder {project.state}", "cannot be written", "RUNTIME_STATE_DIR"))


def test_a_state_folder_that_was_closed_leaves_the_instances_alone(project: Project) -> None:
    must_succeed(project.up())
    project.state.chmod(0o000)
    with nothing_changes(project):
        result = up_with_ordinary_rights(project, "--recreate")

    must_report(result, (f"state folder {project.state}", "RUNTIME_STATE_DIR"))


def test_a_state_folder_that_is_a_file_is_named(project: Project) -> None:
    file = project.root / "docker" / ".env"
    with nothing_changes(project):
        result = project.up(env={"RUNTIME_STATE_DIR": str(file)})

    must_report(result, (f"state folder {file}", "is not a directory", "RUNTIME_STATE_DIR"))
    assert "free space" not in result.text


def test_a_state_folder_below_a_file_is_named(project: Project) -> None:
    file = project.root / "docker" / ".env"
    with nothing_changes(project):
        result = project.up("--state-dir", file / "state")

    must_report(result, (f"state folder {file}", "is not a directory", "--state-dir"))


def test_a_state_folder_that_is_a_link_to_nowhere_is_named(project: Project) -> None:
    project.state.symlink_to("gone")
    with nothing_changes(project):
        result = project.up()

    must_report(result, (f"state folder {project.state}", "link", "RUNTIME_STATE_DIR"))


@pytest.mark.parametrize("by_variable", [False, True])
def test_a_full_disk_is_named(project: Project, by_variable: bool) -> None:
    place = project.root / "disk"
    place.mkdir()
    with mounted(place, "size=3m"):
        _fill(place)
        with nothing_changes(project):
            if by_variable:
                result = project.up(env={"RUNTIME_STATE_DIR": str(place)})
            else:
                result = project.up("--state-dir", place / "not-yet" / "made")

    must_report(result, (f"state folder {place}", "full", "free space", "RUNTIME_STATE_DIR"))


def test_a_disk_that_has_room_for_no_more_files_is_named(project: Project) -> None:
    project.state.mkdir()
    with mounted(project.state, "size=8m,nr_inodes=2"):
        (project.state / "last").touch()
        with nothing_changes(project):
            result = project.up()

    must_report(result, (f"state folder {project.state}", "full", "RUNTIME_STATE_DIR"))


def test_a_disk_that_filled_up_leaves_the_running_instances_alone(project: Project) -> None:
    project.state.mkdir()
    with mounted(project.state, "size=3m"):
        must_succeed(project.up())
        _fill(project.state)
        project.add("user-b")
        with nothing_changes(project):
            result = project.up("--recreate")
        _remove_containers(project)

    must_report(result, (f"state folder {project.state}", "full", "free space"))


def test_problems_of_the_host_are_told_together(project: Project) -> None:
    (project.root / "docker" / ".env").unlink()
    project.state.write_text("")
    with nothing_changes(project):
        result = project.up("--profile-dir", "nowhere")

    must_report(
        result,
        ("docker/.env", "does not exist"),
        (f"state folder {project.state}", "is not a directory"),
        ("profile directory", "nowhere", "does not exist"),
    )
    must_be_refused(result, "3 problems found; nothing was touched")
    assert len(errors(result)) == 3


def _fill(place: Path) -> None:
    """Write until the disk has no room; the file that fills it stays."""
    with (place / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            return


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """The folder lies on a read-only file system, as far as this host's processes see it."""
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def _remove_containers(project: Project) -> None:
    """Let go of the disk, so that it can be taken away."""
    docker("rm", "-f", *containers(project))


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--output", "json")], ids=" ".join)
def test_a_folder_whose_name_is_not_utf8_is_refused_in_every_form(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """It would reach the engine as the name of another folder."""
    project = Project(tmp_path / os.fsdecode(b"caf\xe9"))
    project.add("user-a")

    result = project.up(*options)

    must_be_refused(result, "caf\\udce9", "is not UTF-8")
    assert result.text.count("error: path") == 1
    assert not project.state.exists()
