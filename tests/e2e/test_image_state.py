"""An image that was built with the pool's private files in it must not be launched."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from e2e.obligations import containers, docker, must_be_refused, must_succeed
from e2e.project import IMAGE, Project

STATE = ".multi-instance-runtime"


@pytest.fixture
def built(project: Project) -> Iterator[str]:
    """The name of an image that a test builds from the project folder, as the real one does."""
    (project.root / "Dockerfile").write_text(f"FROM {IMAGE}\nWORKDIR /app\nCOPY . .\n")
    name = f"{project.prefix}-built:latest"
    yield name
    subprocess.run(["docker", "rm", "-f", *containers(project)], capture_output=True, check=False)
    subprocess.run(["docker", "rmi", "-f", name], capture_output=True, check=False)


def test_a_build_with_the_state_folder_in_it_is_refused_and_one_without_is_launched(
    project: Project, built: str
) -> None:
    project.add("user-a")
    first = must_succeed(project.up())
    assert "auth_profiles/saved/` to" not in first.err
    assert f"add the lines `{STATE}/` and `auth_profiles/saved/`" in first.err
    docker("build", "-q", "-t", built, str(project.root))
    launched = containers(project)

    result = project.up("--image", built)

    must_be_refused(result, built, f"/app/{STATE}", f"`{STATE}/`", ".dockerignore")
    assert containers(project) == launched
    doctor = project.command("doctor", "--image", built)
    assert doctor.code == 1
    assert f"/app/{STATE}" in doctor.text

    (project.root / ".dockerignore").write_text(f"{STATE}/\nauth_profiles/saved/\n")
    docker("build", "-q", "-t", built, str(project.root))
    result = must_succeed(project.up("--image", built))
    assert ".dockerignore" not in result.err
