"""A scratch pool on the real engine, for the time of drawing."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pictures.masks import SHOWN_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "team-a"
_IMAGE = os.environ.get("MULTI_INSTANCE_REFERENCE_IMAGE", "multi-instance-reference:latest")
_SETTINGS = f"""\
image = "{_IMAGE}"
container-prefix = "{PREFIX}"
base-api-port = 9048
base-stream-port = 9120
api-key-file = "api-key.txt"
"""
_LASTING_S = 30 * 24 * 3600 + 3600


@dataclass(frozen=True)
class ScratchPool:
    """The project of the pictures."""

    root: Path
    began: datetime

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of its commands: none of those that this shell has for the manager."""
        kept = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}
        return {"PATH": os.environ["PATH"], "HOME": str(self.root), **kept}

    def remove(self, name: str) -> None:
        """Delete a login."""
        (self.root / "auth_profiles" / "saved" / f"{name}.json").unlink()

    def add(self, name: str) -> None:
        """Save a login that opens nothing."""
        expires = int(time.time()) + _LASTING_S
        cookie = {"name": "SID", "domain": ".google.com", "value": f"of-{name}"}
        content = json.dumps({"cookies": [{**cookie, "expires": expires}], "origins": []})
        (self.root / "auth_profiles" / "saved" / f"{name}.json").write_text(content)

    def set(self, settings: str = "") -> None:
        """Write the configuration file; ``settings`` come behind those that never change."""
        (self.root / "multi-instance.toml").write_text(_SETTINGS + settings)

    def behave(self, variables: str) -> None:
        """Tell the reference instance how to behave."""
        (self.root / "docker" / ".env").write_text(variables)


@contextmanager
def scratch_pool() -> Iterator[ScratchPool]:
    """A pool that is gone afterwards, containers and all."""
    room = len(SHOWN_ROOT) - len(f"{tempfile.gettempdir()}/")
    root = Path(tempfile.gettempdir()) / secrets.token_hex(room)[:room]
    pool = ScratchPool(root, datetime.now(UTC))
    try:
        for folder in ("auth_profiles/saved", "auth_profiles/active", "docker"):
            (root / folder).mkdir(parents=True)
        (root / "api-key.txt").write_text("sk-of-the-pictures\n")
        (root / "api-key.txt").chmod(0o600)
        pool.set()
        yield pool
    finally:
        _remove_containers(root)
        shutil.rmtree(root, ignore_errors=True)


def kill_browser(name: str) -> None:
    """End the browser of an instance, as a crash does."""
    listed = _docker("top", f"{PREFIX}-{name}", "-o", "pid,args").splitlines()
    (pid,) = [row.split()[0] for row in listed if "camoufox-bin" in row]
    os.kill(int(pid), signal.SIGKILL)


def _remove_containers(root: Path) -> None:
    listed = _docker("ps", "-aq", "--filter", f"label=multi-instance.root={root}").split()
    if listed:
        _docker("rm", "-fv", *listed)


def _docker(*words: str) -> str:
    done = subprocess.run(  # noqa: S603  # the docker client, with words of this file
        ["docker", *words],  # noqa: S607  # found on PATH, as a user would
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
