"""The engine's containers, typed, and sorted by owner. Pure."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.fleet.container_names import ASIDE_SUFFIX
from multi_instance_manager.fleet.labels import InstanceLabels, parse_labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from multi_instance_manager.fleet.ownership import Home


class ContainerState(StrEnum):
    """The states that an engine reports; unknown ones are UNKNOWN."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    EXITED = "exited"
    DEAD = "dead"
    REMOVING = "removing"
    UNKNOWN = "unknown"

    @property
    def is_up(self) -> bool:
        """Whether a container's process exists, and with it its hold on the ports."""
        return self in _UP

    @classmethod
    def of(cls, word: str) -> ContainerState:
        """Return the state for the engine's word; Podman has other words for some."""
        try:
            return cls(_WORDS_OF_PODMAN.get(word, word))
        except ValueError:
            return cls.UNKNOWN


# "stopped" is a process that has ended, before Podman has cleaned up. With a restart pending,
# "running" follows; otherwise "exited" does a moment later.
_WORDS_OF_PODMAN = {
    "configured": "created",
    "initialized": "created",
    "stopping": "running",
    "stopped": "restarting",
}


_UP = frozenset({ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING})


class PublishedPort(msgspec.Struct, frozen=True):
    """A host port that a container holds; an empty address means every address.

    ``inner`` is its port inside the container, zero if unknown.
    """

    host_ip: str
    port: int
    protocol: str = "tcp"
    inner: int = 0


class ObservedContainer(msgspec.Struct, frozen=True, dict=True):
    """One container from the engine's list.

    ``mounts`` are host paths by their path in the container, ``networks`` the IDs of its networks
    by name, both as far as the engine reports them; ``read_only`` are the paths in the container
    that it cannot write to.
    """

    container_id: str
    name: str
    image_name: str
    image_id: str
    state: ContainerState
    labels: Mapping[str, str] = msgspec.field(default_factory=dict)
    published: tuple[PublishedPort, ...] = ()
    mounts: Mapping[str, str] = msgspec.field(default_factory=dict)
    networks: Mapping[str, str] = msgspec.field(default_factory=dict)
    read_only: frozenset[str] = frozenset()

    @cached_property
    def ours(self) -> InstanceLabels | None:
        """Return the claims of its labels, if they are a complete set of the manager's."""
        return parse_labels(self.labels)

    @property
    def is_up(self) -> bool:
        """Whether its process exists, and with it its hold on the ports."""
        return self.state.is_up


class Fleet(msgspec.Struct, frozen=True):
    """The engine's containers, seen from one pool.

    ``current`` and ``aside`` are ours, by container name (``aside`` by their former names);
    ``strays`` are ours under a name that no profile asks for any more; ``legacy`` are the earlier
    script's, by name; ``foreign`` are all others.
    """

    current: Mapping[str, ObservedContainer] = msgspec.field(default_factory=dict)
    aside: Mapping[str, ObservedContainer] = msgspec.field(default_factory=dict)
    strays: tuple[ObservedContainer, ...] = ()
    legacy: Mapping[str, ObservedContainer] = msgspec.field(default_factory=dict)
    foreign: tuple[ObservedContainer, ...] = ()

    def slot_claims(self) -> tuple[tuple[str, int], ...]:
        """Return the slots that our containers hold by their labels, running containers first."""
        ours = [*self.current.values(), *self.aside.values(), *self.strays]
        ours.sort(key=lambda container: not container.is_up)
        claims = [container.ours.identity for container in ours if container.ours]
        return tuple((identity.profile_name, identity.slot) for identity in claims)


def sort_containers(
    containers: Iterable[ObservedContainer],
    home: Home,
    *,
    wanted_names: frozenset[str],
    legacy_names: frozenset[str],
) -> Fleet:
    """Sort containers into ours, the earlier script's and foreign ones.

    ``legacy_names`` are those of the earlier script's containers, set aside or not.
    """
    current: dict[str, ObservedContainer] = {}
    aside: dict[str, ObservedContainer] = {}
    legacy: dict[str, ObservedContainer] = {}
    strays: list[ObservedContainer] = []
    foreign: list[ObservedContainer] = []
    for container in containers:
        name = container.name
        before = name.removesuffix(ASIDE_SUFFIX)
        if not home.owns(container):
            if name in legacy_names and name in wanted_names:
                legacy[name] = container
            elif name in legacy_names and before in wanted_names:
                aside[before] = container
            else:
                foreign.append(container)
        elif name in wanted_names:
            current[name] = container
        elif before != name and before in wanted_names:
            aside[before] = container
        else:
            strays.append(container)
    return Fleet(current, aside, tuple(strays), legacy, tuple(foreign))
