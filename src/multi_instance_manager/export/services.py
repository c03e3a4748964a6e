"""What a service is in a Compose file as in a stack file. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.export.wanted import Wanted
    from multi_instance_manager.plan.spec import InstanceSpec

SWARM_KEYS = {
    "--add-host": ("HostConfig.ExtraHosts", "extra_hosts"),
    "--cap-add": ("HostConfig.CapAdd", "cap_add"),
    "--cap-drop": ("HostConfig.CapDrop", "cap_drop"),
    "--dns": ("HostConfig.Dns", "dns"),
    "--hostname": ("Hostname", "hostname"),
    "--init": ("HostConfig.Init", "init"),
    "--read-only": ("HostConfig.ReadonlyRootfs", "read_only"),
    "--user": ("User", "user"),
    "--workdir": ("WorkingDir", "working_dir"),
}
"""Options of `docker run` by their place in the create call, and as a service's key."""
SERVICE_KEYS = {
    **SWARM_KEYS,
    "--group-add": ("HostConfig.GroupAdd", "group_add"),
    "--privileged": ("HostConfig.Privileged", "privileged"),
}


def option_members(spec: InstanceSpec, keys: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return the extra options of an instance as members of its service."""
    given = {token.partition("=")[0] for token in spec.extra.tokens}
    payload = spec.payload()
    return {key: _at(payload, path) for flag, (path, key) in keys.items() if flag in given}


def _at(payload: Mapping[str, Any], path: str) -> Any:
    found: Any = payload
    for key in path.split("."):
        found = found[key]
    return found


def environment_of(one: Wanted) -> dict[str, str]:
    """Return the variables; a secret one refers to a variable of the calling shell."""
    return {
        each.name: _reference(each.reference) if each.reference else _doubled(each.value)
        for each in one.assignments
    }


def without_interpolation(value: Any) -> Any:
    """Return the value with every dollar sign doubled: the tool puts in no variable there."""
    if isinstance(value, str):
        return _doubled(value)
    if isinstance(value, dict):
        return {name: without_interpolation(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [without_interpolation(entry) for entry in value]
    return value


def cpus_text(nano_cpus: int) -> str:
    """Return a number of processors, such as 1.5."""
    whole, billionths = divmod(nano_cpus, 1_000_000_000)
    return f"{whole}.{billionths:09}".rstrip("0").rstrip(".")


def _reference(shell_name: str) -> str:
    return f"${{{shell_name}:?export it first}}"


def _doubled(text: str) -> str:
    return text.replace("$", "$$")
