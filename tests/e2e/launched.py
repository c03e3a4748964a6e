"""Pools that are up already, shared by the tests of a module that leave them as they were."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.obligations import must_succeed
from e2e.project import SHARED_BLOCKS, Project

NAMES = ("user-a", "user-b", "user-c")


@contextmanager
def launched(folder: Path, *names: str) -> Iterator[Project]:
    """A project whose profiles are up; its containers are removed whatever happens."""
    folder.chmod(0o755)
    project = Project(folder / "project")
    project.root.chmod(0o755)
    project.add(*(names or NAMES))
    SHARED_BLOCKS.add(project.first_port)
    try:
        must_succeed(project.up())
        yield project
    finally:
        remove_containers(project)
        SHARED_BLOCKS.discard(project.first_port)


def remove_containers(project: Project) -> None:
    """Remove whatever bears the project's prefix, without asking anything of the manager."""
    words = ["docker", "ps", "-aq", "--filter", f"name=^{project.prefix}"]
    listed = subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()
    if listed:
        subprocess.run(["docker", "rm", "-fv", *listed], capture_output=True, check=False)
