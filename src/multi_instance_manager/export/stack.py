"""A stack file for a swarm: services with secrets, each on the node with its session. Pure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from multi_instance_manager.export.contents import contents_of, mount_losses
from multi_instance_manager.export.exported import Export, ExportedFile
from multi_instance_manager.export.losses import Loss, LossCode, comment_lines, with_usual_losses
from multi_instance_manager.export.names import LONGEST_SERVICE, cluster_name
from multi_instance_manager.export.preparation import SECRETS, preparation
from multi_instance_manager.export.services import (
    SWARM_KEYS,
    cpus_text,
    environment_of,
    option_members,
    without_interpolation,
)
from multi_instance_manager.export.wanted import ENV, wanted_of
from multi_instance_manager.export.yaml_text import yaml_text
from multi_instance_manager.plan.spec import LOG_DRIVER, LOG_OPTIONS
from multi_instance_manager.text.shell_words import quote

if TYPE_CHECKING:
    from multi_instance_manager.export.contents import Contents
    from multi_instance_manager.export.exported import Ingredient
    from multi_instance_manager.export.wanted import Wanted

FILE = "stack.yml"
_VERSION = "3.8"
_READABLE = 0o444
_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  # compared, never bound
_CARRIED = {ENV, "--memory", "--cpus", "--shm-size", *SWARM_KEYS}


def stack(given: Ingredient) -> Export:
    """Return the stack file, and the script that prepares the files and the swarm's secrets."""
    instances, lost = wanted_of(given.specs, _CARRIED)
    losses = with_usual_losses((*lost, *_losses(given, instances)))
    services: dict[str, Any] = {}
    secrets: dict[str, Any] = {}
    for one in instances:
        contents = contents_of(given.around, one)
        names = _secret_names(one, contents)
        services[_service_name(one)] = _service(given, one, contents)
        secrets |= {name: {"external": True} for name in names.values()}
    document = {"version": _VERSION, "services": services, "secrets": secrets}
    heading = "\n".join(comment_lines(_opening(given), losses))
    file = ExportedFile(FILE, f"{heading}\n{yaml_text(document)}")
    return Export((file, *preparation(given, instances, partial(_creating, given))), losses)


def _losses(given: Ingredient, instances: tuple[Wanted, ...]) -> list[Loss]:
    losses = [Loss(LossCode.CLUSTER), *mount_losses(given.around, instances)]
    addresses = (one.spec.host_ip for one in instances)
    return losses + [Loss(LossCode.PORTS, one) for one in addresses if one not in _EVERYWHERE]


def _opening(given: Ingredient) -> tuple[str, ...]:
    label = _node_label(given)
    return (
        "The instances of a pool, for a swarm. Label this machine's node, then deploy:",
        "",
        f"  docker node update --label-add {label}=true NODE",
        f"  bash prepare.sh && docker stack deploy --compose-file {FILE} STACK",
        "",
        "Secrets are shell variables and secrets of the swarm: export the variables, or run",
        f"`. ./{SECRETS}` if you exported that file. Other services of the stack reach an instance",
        "by its name.",
    )


def _node_label(given: Ingredient) -> str:
    return f"multi-instance.{given.around.layout.fleet}"


def _service_name(one: Wanted) -> str:
    return cluster_name(one.spec.container_name, LONGEST_SERVICE)


def _secret_names(one: Wanted, contents: Contents) -> dict[str, str]:
    """The secrets of the swarm, by their path in the container."""
    targets = {"login": contents.login, "key": contents.key, "env": contents.environment_file}
    name = one.spec.container_name
    return {path: cluster_name(f"{name}-{part}") for part, path in targets.items() if path}


def _service(given: Ingredient, one: Wanted, contents: Contents) -> dict[str, Any]:
    spec = one.spec
    source = given.around.layout.mount_sources(spec.container_name).active
    fixed = {
        "image": spec.image.name,
        "stop_grace_period": f"{given.stop_timeout_s}s",
        "volumes": [
            {"type": "bind", "source": source, "target": contents.active},
            *({"type": "tmpfs", "target": target} for target in contents.empty),
            *_shared_memory(one),
        ],
        "secrets": [
            {"source": name, "target": path, "mode": _READABLE}
            for path, name in _secret_names(one, contents).items()
        ],
        "logging": {"driver": LOG_DRIVER, "options": dict(LOG_OPTIONS)},
        "deploy": _deploy(given, one),
        **_ports(one),
        **option_members(spec, SWARM_KEYS),
    }
    plain: dict[str, Any] = without_interpolation(fixed)
    return {**plain, "environment": environment_of(one)}


def _shared_memory(one: Wanted) -> list[dict[str, Any]]:
    size = one.spec.payload()["HostConfig"].get("ShmSize")
    target = "/dev/shm"  # noqa: S108  # in the container
    return [{"type": "tmpfs", "target": target, "tmpfs": {"size": size}}] if size else []


def _deploy(given: Ingredient, one: Wanted) -> dict[str, Any]:
    host = one.spec.payload()["HostConfig"]
    limits: dict[str, str] = {}
    if host.get("Memory"):
        limits["memory"] = str(host["Memory"])
    if host.get("NanoCpus"):
        limits["cpus"] = cpus_text(host["NanoCpus"])
    return {
        "replicas": 1,
        "placement": {"constraints": [f"node.labels.{_node_label(given)} == true"]},
        "restart_policy": {"condition": "any"},
        "update_config": {"order": "stop-first"},
        **({"resources": {"limits": limits}} if limits else {}),
    }


def _ports(one: Wanted) -> dict[str, Any]:
    """A swarm knows no address to publish on; so a port of one address is not published."""
    spec = one.spec
    if spec.host_ip not in _EVERYWHERE:
        return {}
    return {
        "ports": [
            {"target": inner, "published": outer, "mode": "host"}
            for inner, outer in spec.published.items()
        ]
    }


def _creating(given: Ingredient, one: Wanted) -> list[str]:
    """Return the lines that create the swarm's secrets of an instance, unless they exist."""
    around = given.around
    contents = contents_of(around, one)
    names = _secret_names(one, contents)
    pool_file = quote(str(around.pool_files[one.spec.profile_name]))
    lines = [_create(names[contents.login], f"cat {pool_file}")]
    if contents.key and one.key:
        lines.append(_create(names[contents.key], f"printf '%s\\n' \"${one.key.local_name}\""))
    if contents.environment_file:
        env_file = quote(str(around.settings.docker_env_file))
        lines.append(_create(names[contents.environment_file], f"cat {env_file}"))
    return lines


def _create(name: str, content: str) -> str:
    return (
        f"docker secret inspect {name} >/dev/null 2>&1 || "
        f"{content} | docker secret create {name} - >/dev/null"
    )
