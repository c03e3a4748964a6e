"""Which image is launched: the default, its one fall-back, or the one that was named."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.default_names import COMPOSE_IMAGE, DEFAULT_IMAGE, default_names
from e2e.obligations import (
    containers,
    docker,
    image_name,
    inspect,
    must_be_refused,
    must_have_touched_nothing,
    must_succeed,
)
from e2e.project import IMAGE, REPOSITORY, Project, Result

Launch = Callable[..., Result]


@pytest.fixture
def launch(project: Project) -> Launch:
    """Launch one profile with no image named but by what the test says."""
    project.add("user-a")
    return lambda *flags, named=None: project.up(*flags, env={"IMAGE_NAME": named})


def image_of(project: Project) -> str:
    return image_name(project.container("user-a"))


def local_images() -> set[str]:
    return set(docker("images", "--format", "{{.Repository}}:{{.Tag}}").split())


def test_the_default_is_launched_without_a_word_where_both_exist(
    project: Project, launch: Launch
) -> None:
    with default_names(DEFAULT_IMAGE, COMPOSE_IMAGE):
        result = must_succeed(launch())

        assert image_of(project) == DEFAULT_IMAGE
        assert COMPOSE_IMAGE not in result.text


@pytest.mark.podman
def test_the_compose_image_is_fallen_back_to_visibly(project: Project, launch: Launch) -> None:
    with default_names(COMPOSE_IMAGE):
        result = must_succeed(launch())

        assert image_of(project) == COMPOSE_IMAGE
        warning = next(line for line in result.err.splitlines() if COMPOSE_IMAGE in line)
        assert warning.startswith("warning:")
        assert DEFAULT_IMAGE in warning


def test_an_empty_variable_names_no_image(project: Project, launch: Launch) -> None:
    with default_names(COMPOSE_IMAGE):
        must_succeed(launch(named=""))

        assert image_of(project) == COMPOSE_IMAGE


@pytest.mark.parametrize("by", ["flag", "variable"])
def test_an_image_that_was_named_is_never_replaced_even_where_it_is_the_default(
    project: Project, launch: Launch, by: str
) -> None:
    before = project.snapshot()
    with default_names(COMPOSE_IMAGE):
        flags = ("--image", DEFAULT_IMAGE) if by == "flag" else ()
        result = launch(*flags, named=None if flags else DEFAULT_IMAGE)

        must_be_refused(result, DEFAULT_IMAGE, "does not exist")
        must_have_touched_nothing(project, before)


def test_the_flag_decides_where_flag_and_variable_name_an_image(
    project: Project, launch: Launch
) -> None:
    with default_names(DEFAULT_IMAGE, COMPOSE_IMAGE):
        must_succeed(launch("--image", COMPOSE_IMAGE, named=DEFAULT_IMAGE))

        assert image_of(project) == COMPOSE_IMAGE


@pytest.mark.podman
def test_without_either_image_the_refusal_names_both(project: Project, launch: Launch) -> None:
    before = project.snapshot()
    with default_names():
        result = launch()

        must_be_refused(result, DEFAULT_IMAGE, COMPOSE_IMAGE, "docker compose build")
        must_have_touched_nothing(project, before)


@pytest.mark.podman
@pytest.mark.parametrize("name", ["hello-world:latest", "127.0.0.1:9/nowhere/image:1", "alpine"])
def test_a_missing_image_is_refused_and_nothing_is_pulled(
    project: Project, launch: Launch, name: str
) -> None:
    before, images = project.snapshot(), local_images()
    assert not any(name in image for image in images), f"remove {name} first: the test is about it"

    must_be_refused(launch("--image", name), name, "does not exist")

    must_have_touched_nothing(project, before)
    assert not any(name in image for image in local_images())


@pytest.mark.podman
def test_an_image_can_be_named_by_its_id_and_by_its_bare_name(
    project: Project, launch: Launch
) -> None:
    with default_names(DEFAULT_IMAGE):
        image_id = docker("image", "inspect", "--format", "{{.Id}}", DEFAULT_IMAGE)
        must_succeed(launch("--image", DEFAULT_IMAGE.removesuffix(":latest")))
        first = containers(project)
        assert inspect(project.container("user-a"))["Image"] == image_id

        must_succeed(launch("--image", image_id))

        assert containers(project) == first, "the same image by another name changes nothing"


@pytest.mark.podman
def test_an_image_that_was_built_anew_under_its_name_replaces_the_instance(
    project: Project, launch: Launch, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {DEFAULT_IMAGE}\nLABEL built=anew\n")
    with default_names(DEFAULT_IMAGE):
        must_succeed(launch())
        before = inspect(project.container("user-a"))
        docker("build", "-q", "-t", DEFAULT_IMAGE, str(tmp_path))
        built = docker("image", "inspect", "--format", "{{.Id}}", DEFAULT_IMAGE)

        result = must_succeed(launch())

        after = inspect(project.container("user-a"))
        assert after["Id"] != before["Id"]
        assert after["Image"] == built != before["Image"]
        assert "image changed" in result.text
        docker("rm", "-f", project.container("user-a"))
        docker("rmi", "-f", built)


_TAKES_A_NAME = """
import os, signal, sys
import e2e.default_names as names
own, names.PREFIXES = sys.argv[1], (sys.argv[2],)
names.KEPT, names.UNDER_WAY, names.LOCK = {own: f"kept-{own}"}, f"under-way-{own}", sys.argv[3]
with names.default_names():
    print("taken", flush=True)
    if sys.argv[4] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_persons_only_image_of_a_name_is_back_after_a_test_of_it_was_killed(
    project: Project,
) -> None:
    own, container = f"own-{project.prefix}:latest", docker("create", IMAGE)
    image = docker("commit", container, own)
    docker("rm", container)

    def taken(end: str) -> int:
        words = (own, project.prefix, project.root / "lock", end)
        path = {"PYTHONPATH": f"{REPOSITORY / 'tests'}"}
        result = project.run(sys.executable, "-c", _TAKES_A_NAME, *words, env={**path})
        assert result.out == "taken\n", result.text
        return result.code

    assert taken("killed") == -signal.SIGKILL
    assert names_of(image) == {f"kept-{own}"}
    assert taken("well") == 0
    assert names_of(image) == {own}
    docker("rmi", own)


def names_of(image: str) -> set[str]:
    return set(json.loads(docker("image", "inspect", "--format", "{{json .RepoTags}}", image)))
