"""The names and ports that hold where nobody names any: one test at a time may use them."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from e2e.obligations import docker
from e2e.project import IMAGE

PREFIXES = ("ai-proxy", "team-a")
DEFAULT_IMAGE = "ai-studio-proxy:latest"
COMPOSE_IMAGE = "docker-ai-studio-proxy:latest"


@contextmanager
def default_names(*images: str) -> Iterator[None]:
    """The images exist, others of the default names do not; no container of the prefixes does.

    What the engine had under the names of the images before, it has again afterwards.
    """
    lock = Path(tempfile.gettempdir()) / "multi-instance-tests-default-names.lock"
    with FileLock(lock, timeout=240):
        taken = _containers()
        assert not taken, f"remove these first, the tests need their names: {taken}"
        before = {name: _image_id(name) for name in (DEFAULT_IMAGE, COMPOSE_IMAGE)}
        try:
            _set_images({name: IMAGE if name in images else None for name in before})
            yield
        finally:
            _remove(_containers())
            _set_images(before)


def _containers() -> list[str]:
    filters = [word for prefix in PREFIXES for word in ("--filter", f"name=^{prefix}-")]
    return docker("ps", "-a", *filters, "--format", "{{.Names}}").split()


def _remove(names: list[str]) -> None:
    if names:
        docker("rm", "-fv", *names)


def _image_id(name: str) -> str | None:
    done = subprocess.run(
        ["docker", "image", "inspect", "--format", "{{.Id}}", name],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _set_images(wanted: dict[str, str | None]) -> None:
    for name, source in wanted.items():
        if source:
            docker("tag", source, name)
        elif _image_id(name):
            docker("rmi", "--no-prune", name)
