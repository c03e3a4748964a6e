"""What a container was built from, as the engine has it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_EVERYWHERE = "0.0.0.0"  # noqa: S104  # what an engine means by no address


class Built(msgspec.Struct, frozen=True):
    """The parts of a container's configuration that are compared.

    ``published`` has the address and the port of the host for each port inside; ``binds`` are the
    places inside where folders of the host are mounted. Sizes are in bytes, zero for no limit.
    """

    restart_policy: str = ""
    memory_bytes: int = 0
    nano_cpus: int = 0
    shm_bytes: int = 0
    is_privileged: bool = False
    pid_mode: str = ""
    capabilities: frozenset[str] = frozenset()
    published: Mapping[str, frozenset[tuple[str, str]]] = msgspec.field(default_factory=dict)
    binds: frozenset[str] = frozenset()
    variables: Mapping[str, Secret] = msgspec.field(default_factory=dict)


def built_of(host: Mapping[str, Any], environment: Iterable[Any], binds: Iterable[str]) -> Built:
    """The parts out of a host configuration, as it is sent to the engine and as it comes back."""
    policy = str((host.get("RestartPolicy") or {}).get("Name") or "")
    pairs = (str(entry).partition("=") for entry in environment)
    return Built(
        restart_policy="" if policy == "no" else policy,
        memory_bytes=int(host.get("Memory") or 0),
        nano_cpus=int(host.get("NanoCpus") or 0),
        shm_bytes=int(host.get("ShmSize") or 0),
        is_privileged=bool(host.get("Privileged")),
        pid_mode=str(host.get("PidMode") or "").removeprefix("private"),  # Podman's word for none
        capabilities=frozenset(_capability(name) for name in host.get("CapAdd") or ()),
        published={
            str(inner): frozenset(_outer(binding) for binding in bindings or ())
            for inner, bindings in (host.get("PortBindings") or {}).items()
        },
        binds=frozenset(target.rstrip("/") for target in binds),
        variables={name: Secret(value) for name, _, value in pairs},
    )


def _capability(name: object) -> str:
    return str(name).upper().removeprefix("CAP_")


def _outer(binding: Mapping[str, Any]) -> tuple[str, str]:
    return str(binding.get("HostIp") or _EVERYWHERE), str(binding.get("HostPort") or "")
