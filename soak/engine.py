"""The engine, asked through the docker client as a person would ask it.

Knows nothing of the manager but its labels, which tell whose a container is.
"""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import time
from dataclasses import dataclass
from typing import Any

FLEET = "multi-instance.fleet"
ROOT = "multi-instance.root"
PROFILE = "multi-instance.profile"
API_PORT = "multi-instance.api-port"
CALL_TIMEOUT_S = 90.0


class EngineError(RuntimeError):
    """The docker client failed; its words."""


@dataclass(frozen=True, slots=True)
class Container:
    """What the engine shows of one container."""

    id: str
    name: str
    status: str
    image_id: str
    started_at: str
    labels: dict[str, str]

    @property
    def profile(self) -> str:
        """The profile that it was made for; empty where it is not the manager's."""
        return self.labels.get(PROFILE, "")

    @property
    def api_port(self) -> int:
        """Its leased API port."""
        return int(self.labels.get(API_PORT, "0"))


def _client(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["docker", *words], capture_output=True, timeout=CALL_TIMEOUT_S, check=False
    )


def docker(*words: str) -> str:
    """Run the docker client; raises `EngineError` where it fails."""
    done = _client(*words)
    if done.returncode:
        raise EngineError(f"docker {' '.join(words)}: {done.stderr.decode().strip()}")
    return done.stdout.decode().strip()


def try_docker(*words: str) -> str:
    """Run the docker client; what it says, whether it failed or not."""
    done = _client(*words)
    return (done.stdout + done.stderr).decode(errors="replace")


def containers(prefix: str) -> tuple[Container, ...]:
    """All containers that have the prefix in their name or our fleet's label, running or not."""
    names = docker("ps", "-aq", "--no-trunc", "--filter", f"name=^{prefix}").split()
    ours = docker("ps", "-aq", "--no-trunc", "--filter", f"label={FLEET}={prefix}").split()
    found = (_inspected(one) for one in {*names, *ours})
    return tuple(sorted((one for one in found if one), key=lambda one: one.name))


def _inspected(container_id: str) -> Container | None:
    done = _client("inspect", "--type", "container", container_id)
    if done.returncode:
        return None  # it went away since it was listed
    details: dict[str, Any] = json.loads(done.stdout)[0]
    return Container(
        id=details["Id"],
        name=details["Name"].removeprefix("/"),
        status=details["State"]["Status"],
        image_id=details["Image"],
        started_at=details["State"]["StartedAt"],
        labels=details["Config"]["Labels"] or {},
    )


def image_id(tag: str) -> str:
    """The ID of an image."""
    return docker("image", "inspect", "--format", "{{.Id}}", tag)


def files_in(container_id: str, folder: str) -> dict[str, bytes]:
    """The regular files of a folder inside a container, by name, read through the archive call."""
    done = _client("cp", f"{container_id}:{folder}", "-")
    if done.returncode:
        raise EngineError(f"docker cp: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        readers = {
            member.name.partition("/")[2]: archive.extractfile(member)
            for member in archive
            if not member.isdir()
        }
        return {name: reader.read() if reader else b"" for name, reader in readers.items()}


def networks_of(prefix: str) -> list[str]:
    """Networks and volumes that have the prefix in their name; there should be none."""
    networks = docker("network", "ls", "--filter", f"name={prefix}", "--format", "{{.Name}}")
    volumes = docker("volume", "ls", "--filter", f"name={prefix}", "--format", "{{.Name}}")
    return [*networks.split(), *volumes.split()]


def wait_until_it_answers(seconds: float = 60.0) -> None:
    """Wait until the engine answers again."""
    deadline_s = time.monotonic() + seconds
    while _client("version").returncode:
        if time.monotonic() > deadline_s:
            raise EngineError("the engine did not come back")
        time.sleep(0.2)
