"""A pool in which every instance is in another state, for the commands that only look."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.launched import remove_containers
from e2e.obligations import docker, eventually, inspect, must_succeed, serves
from e2e.project import RUN, Project, session

WELL = "user-a"
SECRETS = ("cookie-of-", "SID-of-")


def google_session(name: str, expires: int) -> str:
    """A login as the application saves it, with the cookies that carry it."""
    cookie = {"name": "SID", "domain": ".google.com", "value": f"SID-of-{name}-{RUN}"}
    return json.dumps({"cookies": [{**cookie, "expires": expires}], "origins": []})


def paused(container: str) -> bool:
    """Try to pause it: a kernel with much to do may fail to freeze what is just starting more."""
    done = subprocess.run(["docker", "pause", container], capture_output=True, check=False)
    return done.returncode == 0


@contextmanager
def mixed_pool(folder: Path) -> Iterator[Project]:
    """user-a is ready, b stopped, c paused, d an orphan, e never launched, f damaged, g not ready.

    user-a has logged in by Google until 2033, and user-e is its twin.
    """
    folder.chmod(0o755)
    project = Project(folder / "project")
    project.root.chmod(0o755)
    project.behave(REFERENCE_NEVER_READY="user-g=1", REFERENCE_READY_AFTER_S=0)
    project.add("user-b", "user-c", "user-d", "user-f", "user-g")
    (project.saved / "user-a.json").write_text(google_session("user-a", 2_000_000_000))
    try:
        must_succeed(project.up("--no-wait", "--memory-limit", "256m"))
        eventually(lambda: serves(project.api_port, WELL))
        docker("stop", "-t", "20", project.container("user-b"))
        eventually(lambda: paused(project.container("user-c")))
        (project.saved / "user-d.json").unlink()
        (project.saved / "user-e.json").write_text((project.saved / "user-a.json").read_text())
        (project.saved / "user-f.json").write_text(session("user-f")[:-5])
        assert inspect(project.container("user-b"))["State"]["Status"] == "exited"
        yield project
    finally:
        remove_containers(project)
