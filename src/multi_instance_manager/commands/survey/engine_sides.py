"""Looks at how the fleet's containers really stand: what they were built from, where they save."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import EngineError
from multi_instance_manager.fan_out import begin
from multi_instance_manager.fleet.ownership import session_source
from multi_instance_manager.host.kernel_mounts import folder_at, mounted_at, path_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.engine.protocol.container_config import Built
    from multi_instance_manager.engine.protocol.engine import ContainerStatus, Reader
    from multi_instance_manager.fleet.containers import Fleet, ObservedContainer
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.state.layout import StateLayout


class EngineSides(msgspec.Struct, frozen=True):
    """By container ID: how it is, what it was built from, and where its session lies.

    ``statuses`` are those that the engine told. ``detached`` are containers that run on another
    folder than the one at its path: what was there was moved, removed or replaced. The path is
    where that folder is now; empty where it is nowhere.
    """

    statuses: Mapping[str, ContainerStatus] = msgspec.field(default_factory=dict)
    built: Mapping[str, Built] = msgspec.field(default_factory=dict)
    detached: Mapping[str, str] = msgspec.field(default_factory=dict)


def look_at_sides(
    reader: Reader | None, fleet: Fleet, settings: Settings, layout: StateLayout
) -> EngineSides:
    """Ask the engine about each instance; one that it does not tell of is taken as it is listed."""
    containers = [c for c in (*fleet.current.values(), *fleet.aside.values()) if c.ours]
    if reader is None or not containers:
        return EngineSides()

    def look(container: ObservedContainer) -> ContainerStatus | None:
        with suppress(EngineError):
            return reader.status(container.container_id)
        return None

    looks = begin(look, containers, at_once=settings.timeouts.parallel)()
    found = zip(containers, looks, strict=True)
    statuses = {c.container_id: status for c, status in found if status is not None}
    names = {c.container_id: name for name, c in (*fleet.aside.items(), *fleet.current.items())}
    detached = {
        c.container_id: place
        for c in containers
        if (status := statuses.get(c.container_id)) is not None
        and (place := _place_of(c, layout.active_dir(names[c.container_id]), status)) is not None
    }
    built = {key: status.built for key, status in statuses.items() if status.built is not None}
    return EngineSides(statuses, built, detached)


def _place_of(container: ObservedContainer, folder: Path, status: ContainerStatus) -> str | None:
    """Where it saves, if that is not the folder; None where it is, or where nothing tells."""
    labels = container.ours
    source = session_source(container, labels.identity) if labels else ""
    target = next((place for place, one in container.mounts.items() if one == source), "")
    if not status.pid or not target or not _is_process_of(status.pid, container.container_id):
        return None
    seen = mounted_at(status.pid, target)
    if seen is None or seen == folder_at(folder):
        return None
    return str(path_of(seen) or "")


def _is_process_of(pid: int, container_id: str) -> bool:
    """The engine may run elsewhere, and its number be that of another process here."""
    with suppress(OSError):
        return container_id in Path(f"/proc/{pid}/cgroup").read_text()
    return False
