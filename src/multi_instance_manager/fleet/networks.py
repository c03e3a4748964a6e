"""The networks of a container, and whether the engine still has them. Pure.

A container remembers its networks by ID. A network that was removed and created again has the old
name and a new ID: the container cannot start any more, and needs a replacement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.fleet.containers import ContainerState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from multi_instance_manager.fleet.containers import ObservedContainer

# What an engine treats as a network without listing it, and modes that are no network.
_BUILT_IN = frozenset({"default", "bridge", "host", "none", "nat", "pasta", "slirp4netns"})
_DEFAULTS = frozenset({"bridge", "podman", "nat"})
_MODES = ("container:", "ns:")


def depends_on_networks(containers: Iterable[ObservedContainer]) -> bool:
    """Whether one of ours is down and its networks may be gone, or runs without any."""
    return any(
        publishes_nothing(c) or (c.ours is not None and not c.is_up and c.networks)
        for c in containers
    )


def has_default_network(known: Mapping[str, str] | None) -> bool:
    """Whether a container without a named network gets one; an engine may disable that."""
    return not known or not _DEFAULTS.isdisjoint(known.values())


def lost_networks(container: ObservedContainer, known: Mapping[str, str] | None) -> tuple[str, ...]:
    """Return the names of networks that a stopped container needs and that are gone.

    ``known`` has the name of each network of the engine by its ID; None if unknown.
    """
    if known is None or container.is_up:
        return ()
    there = {*known, *known.values()}  # Podman has the name in place of the ID
    return tuple(name for name, key in container.networks.items() if key and key not in there)


def way_to_network(name: str, known: Mapping[str, str] | None) -> str:
    """Return what to do about a network that is gone."""
    create = "" if name in (known or {}).values() else f"`docker network create {name}`, then "
    return f"{create}`multi-instance up` creates its container anew"


def named_networks(payload: Mapping[str, object]) -> tuple[str, ...]:
    """Return the networks that a container's payload names."""
    host = payload.get("HostConfig")
    mode = str(host.get("NetworkMode") or "") if isinstance(host, dict) else ""
    endpoints = payload.get("NetworkingConfig")
    attached = endpoints.get("EndpointsConfig") if isinstance(endpoints, dict) else None
    names = dict.fromkeys((mode, *(attached or {})))
    return tuple(n for n in names if n and n not in _BUILT_IN and not n.startswith(_MODES))


def publishes_nothing(container: ObservedContainer) -> bool:
    """Whether it runs and the engine forwards none of its ports to it."""
    return (
        container.state is ContainerState.RUNNING
        and container.ours is not None
        and not container.published
    )
