"""What the engine shows, typed, and sorted by whose it is. Pure."""

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
    """The states an engine reports; what it may invent later is UNKNOWN."""

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
        """The state for the engine's word; Podman calls some of them differently."""
        try:
            return cls(_WORDS_OF_PODMAN.get(word, word))
        except ValueError:
            return cls.UNKNOWN


# "stopped" is a process that has ended, before Podman has cleaned up after it: one that is to be
# restarted is started next, and anything else is "exited" a moment later.
_WORDS_OF_PODMAN = {
    "configured": "created",
    "initialized": "created",
    "stopping": "running",
    "stopped": "restarting",
}


_UP = frozenset({ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING})


class PublishedPort(msgspec.Struct, frozen=True):
    """A host port that a container holds; an empty address stands for every address.

    ``inner`` is the port inside that it leads to, zero where that is not told.
    """

    host_ip: str
    port: int
    protocol: str = "tcp"
    inner: int = 0


class ObservedContainer(msgspec.Struct, frozen=True, dict=True):
    """One container as the engine's list shows it.

    ``mounts`` are the host's paths by where the container sees them, ``networks`` the IDs of its
    networks by their names, both as far as the engine tells; ``read_only`` are those places that
    it cannot write to.
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
        """What its labels claim, where they are a whole set of the manager's."""
        return parse_labels(self.labels)

    @property
    def is_up(self) -> bool:
        """Whether its process exists, and with it its hold on the ports."""
        return self.state.is_up


class Fleet(msgspec.Struct, frozen=True):
    """The engine's containers, seen from one pool.

    ``current`` and ``aside`` are ours, by container name (``aside`` by the name they had before
    they were set aside); ``strays`` are ours under a name that no profile asks for any more;
    ``legacy`` are the earlier script's, by name; ``foreign`` are everybody else's.
    """

    current: Mapping[str, ObservedContainer] = msgspec.field(default_factory=dict)
    aside: Mapping[str, ObservedContainer] = msgspec.field(default_factory=dict)
    strays: tuple[ObservedContainer, ...] = ()
    legacy: Mapping[str, ObservedContainer] = msgspec.field(default_factory=dict)
    foreign: tuple[ObservedContainer, ...] = ()

    def slot_claims(self) -> tuple[tuple[str, int], ...]:
        """The slots that containers of ours hold by their labels, running containers first."""
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
    """Tell ours from the earlier script's and from everybody else's.

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
