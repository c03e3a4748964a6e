"""What a container was built from, as the engine has it: compared with what is wanted. Pure.

Another tool may have made a container anew, or changed it: its labels stay, and prove nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.engine.protocol.container_config import Built, built_of
from multi_instance_manager.fleet.ownership import paths_here
from multi_instance_manager.plan.causes import Cause, CauseCode
from multi_instance_manager.plan.spec import CPU_LIMIT, MEMORY_LIMIT, mount_part, variable_part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.plan.spec import InstanceSpec

_ANY_PORT = {"", "0"}
# A kernel without such limits: the engine takes them, says so, and keeps none.
_MAY_BE_DISCARDED = {MEMORY_LIMIT, CPU_LIMIT}
# What a container has that asks for no network of its own, by engine and by its user.
_DEFAULTS = frozenset({"bridge", "podman", "nat", "none", "default", "slirp4netns", "pasta"})
_NOT_NAMED = ("container:", "ns:", "host", "none", "slirp4netns", "pasta")


def wanted_of(spec: InstanceSpec) -> Built:
    """What a container of this spec is built from."""
    payload = spec.payload()
    host = payload["HostConfig"]
    mounted = [str(mount.get("Target") or "") for mount in host.get("Mounts") or ()]
    mounted += [str(bind).split(":")[1] for bind in host.get("Binds") or () if ":" in str(bind)]
    return built_of(host, payload.get("Env") or (), mounted)


def differences(
    spec: InstanceSpec, container: ObservedContainer, stands: Built | None
) -> tuple[Cause, ...]:
    """How a container stands otherwise than a container of this spec."""
    if stands is None:
        return ()
    wanted = wanted_of(spec)
    return (
        *_of_values(spec, wanted, stands),
        *_of_ports(wanted, stands),
        *_of_mounts(spec, container, wanted, stands),
        *_of_networks(spec, container),
        *_of_variables(wanted, stands),
    )


def _of_values(spec: InstanceSpec, wanted: Built, stands: Built) -> Iterator[Cause]:
    pairs: list[tuple[str, object, object]] = [
        ("restart policy", stands.restart_policy, wanted.restart_policy),
        (MEMORY_LIMIT, stands.memory_bytes, wanted.memory_bytes),
        ("--privileged", stands.is_privileged, wanted.is_privileged),
        ("process namespace", stands.pid_mode, wanted.pid_mode),
    ]
    if not {"CpuQuota", "CpuPeriod"} & spec.payload()["HostConfig"].keys():
        pairs.append((CPU_LIMIT, stands.nano_cpus, wanted.nano_cpus))
    if wanted.shm_bytes:
        pairs.append(("shared memory", stands.shm_bytes, wanted.shm_bytes))
    for name, now, then in pairs:
        if now != then and (now or name not in _MAY_BE_DISCARDED):
            yield Cause(CauseCode.ENGINE_CHANGED, (name,), _shown(then), _shown(now))
    added = tuple(sorted(stands.capabilities - wanted.capabilities))
    if added:
        yield Cause(CauseCode.CAPABILITIES_ADDED, added)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value or "none")


def _of_ports(wanted: Built, stands: Built) -> Iterator[Cause]:
    """A port that the engine was to choose is any."""
    for inner in sorted({*wanted.published, *stands.published}):
        then = wanted.published.get(inner, frozenset())
        now = stands.published.get(inner, frozenset())
        chosen = any(port in _ANY_PORT for _, port in then)
        if then != now and not (chosen and now):
            part = f"published port of {inner}"
            yield Cause(CauseCode.ENGINE_CHANGED, (part,), _ports(then), _ports(now))


def _ports(bindings: frozenset[tuple[str, str]]) -> str:
    return ", ".join(sorted(f"{address}:{port}" for address, port in bindings)) or "none"


def _of_mounts(
    spec: InstanceSpec, container: ObservedContainer, wanted: Built, stands: Built
) -> Iterator[Cause]:
    for mount in spec.mounts if container.mounts else ():
        source = container.mounts.get(mount.target, "")
        is_as_wanted = mount.source in paths_here(source)
        if not is_as_wanted or (mount.target in container.read_only) is not mount.read_only:
            yield Cause(CauseCode.ENGINE_CHANGED, (mount_part(mount.target),))
    for target in sorted(stands.binds - wanted.binds):
        yield Cause(CauseCode.ENGINE_ADDED, (mount_part(target),))


def _of_networks(spec: InstanceSpec, container: ObservedContainer) -> Iterator[Cause]:
    payload = spec.payload()
    mode = str(payload["HostConfig"].get("NetworkMode") or "default")
    if mode.startswith(_NOT_NAMED):
        return
    attached = (payload.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
    wanted = {mode, *map(str, attached)}
    is_default = bool(wanted & _DEFAULTS)
    for name, network_id in sorted(container.networks.items()):
        is_wanted = any(name == one or (one and network_id.startswith(one)) for one in wanted)
        if not is_wanted and not (is_default and name in _DEFAULTS):
            yield Cause(CauseCode.NETWORK_CONNECTED, (name,))
    known = {*container.networks, *container.networks.values()}
    for name in sorted(wanted - _DEFAULTS):
        if known and not any(one == name or one.startswith(name) for one in known):
            yield Cause(CauseCode.NETWORK_DISCONNECTED, (name,))


def _of_variables(wanted: Built, stands: Built) -> Iterator[Cause]:
    """Names alone; a variable without a value is the image's own matter."""
    if not stands.variables:
        return
    for name, value in wanted.variables.items():
        if name not in stands.variables or stands.variables[name].reveal() != value.reveal():
            yield Cause(CauseCode.ENGINE_CHANGED, (variable_part(name),))
