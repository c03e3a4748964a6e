"""A Compose file: one service for each instance, built as `up` would build it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multi_instance_manager.export.exported import Export, ExportedFile
from multi_instance_manager.export.losses import comment_lines, with_usual_losses
from multi_instance_manager.export.preparation import SECRETS, preparation
from multi_instance_manager.export.services import (
    SERVICE_KEYS,
    cpus_text,
    environment_of,
    option_members,
    without_interpolation,
)
from multi_instance_manager.export.wanted import ENV, wanted_of
from multi_instance_manager.export.yaml_text import yaml_text
from multi_instance_manager.plan.spec import LOG_DRIVER, LOG_OPTIONS, RESTART_POLICY

if TYPE_CHECKING:
    from multi_instance_manager.export.exported import Ingredient
    from multi_instance_manager.export.wanted import Wanted

FILE = "docker-compose.yml"
_LIMITS = {"--memory": "Memory", "--cpus": "NanoCpus", "--shm-size": "ShmSize"}
_CARRIED = {ENV, *SERVICE_KEYS, *_LIMITS}
_OPENING = (
    "The instances of a pool, for Docker Compose.",
    "",
    "  bash prepare.sh && docker-compose up --detach",
    "",
    f"Secrets are shell variables: export them, or run `. ./{SECRETS}` if you exported that file.",
    "A later `multi-instance up` takes the containers over, and replaces only what differs.",
)


def compose(given: Ingredient) -> Export:
    """Return the Compose file, and the script that prepares the private files."""
    instances, lost = wanted_of(given.specs, _CARRIED)
    losses = with_usual_losses(lost)
    grace = f"{given.stop_timeout_s}s"
    services = {one.spec.container_name: _service(one, grace) for one in instances}
    heading = "\n".join(comment_lines(_OPENING, losses))
    text = f"{heading}\n{yaml_text({'services': services})}"
    return Export((ExportedFile(FILE, text), *preparation(given, instances)), losses)


def _service(one: Wanted, grace: str) -> dict[str, Any]:
    spec = one.spec
    payload = spec.payload()
    fixed = {
        "image": spec.image.name,
        "pull_policy": "never",
        "container_name": spec.container_name,
        "network_mode": "bridge",
        "restart": RESTART_POLICY,
        "stop_grace_period": grace,
        "ports": [f"{_bracketed(spec.host_ip)}:{o}:{i}" for i, o in spec.published.items()],
        "volumes": [_volume(mount) for mount in payload["HostConfig"]["Mounts"]],
        "logging": {"driver": LOG_DRIVER, "options": dict(LOG_OPTIONS)},
        **_limits(payload["HostConfig"]),
        **option_members(spec, SERVICE_KEYS),
        "labels": spec.labels().as_mapping(),
    }
    plain: dict[str, Any] = without_interpolation(fixed)
    return {**plain, "environment": environment_of(one)}


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _volume(mount: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "bind",
        "source": mount["Source"],
        "target": mount["Target"],
        "read_only": mount["ReadOnly"],
    }


def _limits(host: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if host.get("Memory"):
        found["mem_limit"] = host["Memory"]
    if host.get("NanoCpus"):
        found["cpus"] = cpus_text(host["NanoCpus"])
    if host.get("ShmSize"):
        found["shm_size"] = host["ShmSize"]
    return found
