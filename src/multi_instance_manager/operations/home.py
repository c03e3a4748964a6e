"""Gathers what tells a fleet's own containers from others. Reads only."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.ownership import Home, bears_its_name, session_source
from multi_instance_manager.state_layout import StateLayout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from multi_instance_manager.observed import ObservedContainer
    from multi_instance_manager.settings import Settings


def home_of(settings: Settings, containers: Sequence[ObservedContainer]) -> Home:
    """The fleet of these settings, held against the containers of the engine."""
    layout = StateLayout(settings.state_dir, settings.container_prefix)
    active = layout.active_dir("x").parent
    home = Home(layout.fleet, str(settings.project_root), str(active))
    elsewhere = {s for c in containers for s in _sessions(c) if not home.place_of(s)}
    return Home(
        home.fleet,
        home.root,
        home.active,
        {
            source: Path(source).name
            for source in elsewhere
            if _is_same(Path(source).parent, active)
        },
        frozenset(c.container_id for c in containers if _has_lost_its_session(c, home)),
    )


def _sessions(container: ObservedContainer) -> Iterator[str]:
    """What may be the folder of a session by another path than ours."""
    return (s for s in container.mounts.values() if Path(s).parent.name == "active")


def _is_same(one: Path, other: Path) -> bool:
    with suppress(OSError):
        return os.path.samefile(one, other)  # noqa: PTH121  # a path that is gone is no error
    return False


def _has_lost_its_session(container: ObservedContainer, home: Home) -> bool:
    """Whether it is the fleet's, and its session lay in a state folder that is gone."""
    labels = container.ours
    if labels is None or not home.claimed_by(container):
        return False
    source = session_source(container, labels.identity)
    is_named = bears_its_name(labels.identity, container.name, container.container_id)
    return bool(source) and is_named and not is_there(source)


def is_there(folder: str) -> bool:
    """Whether it is a folder; one that is closed to this user may well be."""
    try:
        return Path(folder).is_dir()
    except PermissionError:
        return True
