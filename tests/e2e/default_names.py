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
# The person's own images of these names meanwhile, and the sign that the names are the tests'.
KEPT = {name: f"multi-instance-tests-kept-{name}" for name in (DEFAULT_IMAGE, COMPOSE_IMAGE)}
LOCK = str(Path(tempfile.gettempdir()) / "multi-instance-tests-default-names.lock")
UNDER_WAY = "multi-instance-tests-kept:under-way"


@contextmanager
def default_names(*images: str) -> Iterator[None]:
    """The images exist, others of the default names do not; no container of the prefixes does.

    What the engine had under the names of the images before, it has again afterwards; where a test
    was killed, once the next one begins.
    """
    with FileLock(LOCK, timeout=240):
        _restore()
        taken = _containers()
        assert not taken, f"remove these first, the tests need their names: {taken}"
        try:
            _keep()
            for name in KEPT:
                _set_image(name, IMAGE if name in images else None)
            yield
        finally:
            _restore()


def _keep() -> None:
    """Give what the names stand for other names, and say so last."""
    for name, kept in KEPT.items():
        _set_image(kept, name if _exists(name) else None)
    docker("tag", IMAGE, UNDER_WAY)


def _restore() -> None:
    """Undo it, where it was done; cut short anywhere, it can be done again."""
    if not _exists(UNDER_WAY):
        return
    _remove(_containers())
    for name, kept in KEPT.items():
        _set_image(name, kept if _exists(kept) else None)
    _set_image(UNDER_WAY, None)
    for kept in KEPT.values():
        _set_image(kept, None)


def _containers() -> list[str]:
    filters = [word for prefix in PREFIXES for word in ("--filter", f"name=^{prefix}-")]
    return docker("ps", "-a", *filters, "--format", "{{.Names}}").split()


def _remove(names: list[str]) -> None:
    if names:
        docker("rm", "-fv", *names)


def _exists(name: str) -> bool:
    words = ["docker", "image", "inspect", "--format", "{{.Id}}", name]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def _set_image(name: str, source: str | None) -> None:
    if source:
        docker("tag", source, name)
    elif _exists(name):
        docker("rmi", "--no-prune", name)
