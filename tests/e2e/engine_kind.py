"""Which engine the run is against, and what that one does otherwise.

`make test-podman` sets ``MULTI_INSTANCE_TEST_ENGINE=podman`` beside ``DOCKER_HOST``. Every
difference here is one that docs/reference/podman.md tells people of.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
from typing import Any

ON_PODMAN = os.environ.get("MULTI_INSTANCE_TEST_ENGINE") == "podman"
# What chose the engine of the run, for every command that a test starts; the local one by default.
ENGINE = {"DOCKER_HOST": os.environ["DOCKER_HOST"]} if os.environ.get("DOCKER_HOST") else {}

_USUAL = "unix:///var/run/docker.sock"

# What Podman puts before the names of images that name no registry.
IMPLIED_REGISTRY = "docker.io/library/" if ON_PODMAN else ""
# How Podman tells an image that was asked for by its ID: by a name of it.
IMAGE_BY_ID = "{a_name}" if ON_PODMAN else "{image_id}"
DEFAULT_SHM_BYTES = 65_536_000 if ON_PODMAN else 64 * 1024**2


def log_settings(details: dict[str, Any]) -> object:
    """How a container's log is kept, by its inspection."""
    if ON_PODMAN:  # its Docker-compatible answer has no options; its own has
        kept = _podman_inspect(details["Id"])["HostConfig"]["LogConfig"]
        return kept["Type"], kept["Size"]
    return details["HostConfig"]["LogConfig"]


# Podman keeps one file of that size, and begins it anew when it is full.
ROTATED_LOG: object = (
    ("json-file", "10MB")
    if ON_PODMAN
    else {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}}
)


def environment_of(details: dict[str, Any]) -> list[str]:
    """A container's variables; Podman tells its host name, which is its own ID, among them."""
    variables: list[str] = details["Config"]["Env"]
    return sorted(v for v in variables if not (ON_PODMAN and v.startswith("HOSTNAME=")))


def told(value: object) -> object:
    """A part of a container's configuration; where Podman tells an empty list, nothing is set."""
    return None if ON_PODMAN and value == [] else value


def _podman_inspect(container_id: str) -> dict[str, Any]:
    details: dict[str, Any] = asked(f"/v4.0.0/libpod/containers/{container_id}/json")
    return details


def asked(path: str) -> Any:
    """What the engine's API answers to a question, without a start of the docker client."""
    connection = http.client.HTTPConnection("engine", timeout=60)
    connection.sock = socket.socket(socket.AF_UNIX)
    try:
        address = os.environ.get("DOCKER_HOST") or _USUAL  # a test may have one of its own
        connection.sock.connect(address.removeprefix("unix://"))
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{path}: {body.decode(errors='replace')}"
        return json.loads(body)
    finally:
        connection.close()
