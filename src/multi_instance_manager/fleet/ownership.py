"""The owner of a container: the claims of its labels, compared with the engine's facts. Pure.

Labels are inherited from an image that was made of a container, and anyone can write them. A
container is ours only if it also has the name of its profile's container, and mounts the session
folder of that name from this state folder.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.fleet.container_names import (
    ASIDE_SUFFIX,
    container_name_of,
    failed_name_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.fleet.labels import Identity

# What engines in a virtual machine put before this machine's paths.
_PREFIXES = ("", "/host_mnt", "/run/desktop/mnt/host", "/mnt/host")


def paths_here(source: str) -> Iterator[str]:
    """The paths of this machine that a mount's source may mean, as the engine tells it."""
    return (source.removeprefix(prefix) for prefix in _PREFIXES if source.startswith(prefix))


class Home(msgspec.Struct, frozen=True):
    """One fleet of one project, and its folder of sessions.

    ``active`` is that folder. ``by_other_paths`` are sources of mounts that lead into it, with
    their path there. ``accepted`` are the IDs of this fleet's containers whose session folder is
    elsewhere.
    """

    fleet: str
    root: str
    active: str
    by_other_paths: Mapping[str, str] = msgspec.field(default_factory=dict)
    accepted: frozenset[str] = frozenset()

    def place_of(self, source: str) -> str:
        """The path of a mount's source below the folder of sessions; empty for one elsewhere."""
        found = (path for path in paths_here(source) if path.startswith(f"{self.active}/"))
        own = next((path.removeprefix(f"{self.active}/") for path in found), "")
        return own or self.by_other_paths.get(source, "")

    def session_of(self, container: ObservedContainer) -> str:
        """Return the container name whose session a container mounts; empty if none."""
        places = (self.place_of(source) for source in container.mounts.values())
        return next((place.split("/")[0] for place in places if place), "")

    def claimed_by(self, container: ObservedContainer) -> bool:
        """Whether its labels claim that it belongs here."""
        labels = container.ours
        return labels is not None and (labels.identity.fleet, labels.identity.root) == (
            self.fleet,
            self.root,
        )

    def is_of_another_fleet(self, container: ObservedContainer) -> bool:
        """Whether it is an instance of another fleet with its sessions in the same folder."""
        labels = container.ours
        if labels is None or labels.identity.fleet == self.fleet:
            return False
        identity = labels.identity
        own_name = container_name_of(identity.fleet, identity.profile_name)
        is_named = bears_its_name(identity, container.name, container.container_id)
        return is_named and self.session_of(container) == own_name

    def owns(self, container: ObservedContainer) -> bool:
        """Whether it is an instance of this fleet."""
        labels = container.ours
        if labels is None or labels.identity.fleet != self.fleet:
            return False
        if not bears_its_name(labels.identity, container.name, container.container_id):
            return False
        own_name = container_name_of(self.fleet, labels.identity.profile_name)
        is_here = self.claimed_by(container) and self.session_of(container) == own_name
        return is_here or container.container_id in self.accepted


def bears_its_name(identity: Identity, name: str, container_id: str = "") -> bool:
    """Whether a container has the name of its profile's instance, set aside or not."""
    own = container_name_of(identity.fleet, identity.profile_name)
    failed = {failed_name_of(own, container_id)} if container_id else set()
    return name in {own, own + ASIDE_SUFFIX} | failed


def session_source(container: ObservedContainer, identity: Identity) -> str:
    """Return the source of the mount that looks like its session folder, wherever that is."""
    own = container_name_of(identity.fleet, identity.profile_name)
    sources = (PurePosixPath(source) for source in container.mounts.values())
    return next((str(s) for s in sources if s.name == own and s.parent.name == "active"), "")
