"""One instance goes first where a broken image would otherwise be met by all."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from e2e.obligations import containers, must_be_refused, must_succeed
from e2e.project import REPOSITORY, Project, Result

NAMES = ("user-a", "user-b", "user-c", "user-d")


@pytest.fixture
def other_image() -> Iterator[str]:
    """The same behaviour under another image ID."""
    tag = "multi-instance-reference:first-alone"
    script = REPOSITORY / "reference-instance" / "build.sh"
    subprocess.run(
        ["bash", script, tag, "--variant", "first-alone"], check=True, capture_output=True
    )
    yield tag
    subprocess.run(["docker", "rmi", "--no-prune", tag], check=False, capture_output=True)


def states(result: Result) -> dict[str, str]:
    return {entry["profile"]: entry["state"] for entry in result.document["instances"]}


def test_a_first_instance_that_fails_holds_the_others_back(project: Project) -> None:
    project.add(*NAMES)
    project.behave(REFERENCE_CRASH_AT_START=7)

    result = project.up("--canary", "always", "--output", "json")

    must_be_refused(result, code=1)
    assert states(result) == {
        "user-a": "quarantined",
        **dict.fromkeys(NAMES[1:], "held back"),
    }
    assert list(containers(project)) == [project.container("user-a")]


def test_a_first_instance_that_is_ready_opens_the_gate(project: Project) -> None:
    project.add(*NAMES)

    result = must_succeed(project.up("--first-alone", "--output", "json"))

    assert states(result) == dict.fromkeys(NAMES, "ready")


@pytest.mark.podman
def test_a_changed_image_is_tried_by_one_instance_first(project: Project, other_image: str) -> None:
    project.add(*NAMES)
    must_succeed(project.up())
    before = containers(project)
    broken = ["--image", other_image, "--docker-arg", "-e REFERENCE_CRASH_AT_START=7"]

    result = project.up(*broken, "--output", "json")

    must_be_refused(result, code=1)
    assert states(result) == {
        "user-a": "rolled back",
        **dict.fromkeys(NAMES[1:], "held back"),
    }
    assert containers(project) == before


def test_all_at_once_tries_them_all(project: Project, other_image: str) -> None:
    project.add(*NAMES)
    must_succeed(project.up())
    before = containers(project)
    broken = ["--image", other_image, "--docker-arg", "-e REFERENCE_CRASH_AT_START=7"]

    result = project.up(*broken, "--canary", "never", "--output", "json")

    assert states(result) == dict.fromkeys(NAMES, "rolled back")
    assert containers(project) == before


def test_first_alone_and_all_at_once_are_not_both_to_be_had(project: Project) -> None:
    project.add("user-a")
    must_be_refused(project.up("--first-alone", "--all-at-once"), "each sets --canary", code=2)
