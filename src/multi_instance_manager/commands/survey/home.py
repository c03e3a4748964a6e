"""Gathers what tells a fleet's own containers from others. Reads only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.commands.survey.displacement import displacement_of, is_same, is_there
from multi_instance_manager.fleet.ownership import Home, bears_its_name, session_source
from multi_instance_manager.state.home_record import read_home
from multi_instance_manager.state.layout import StateLayout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.settings.model import Settings


def home_of(settings: Settings, containers: Sequence[ObservedContainer]) -> Home:
    """The fleet of these settings, held against the containers of the engine."""
    layout = StateLayout(settings.state_dir, settings.container_prefix)
    active = layout.active_dir("x").parent
    home = Home(layout.fleet, str(settings.project_root), str(active))
    elsewhere = {s for c in containers for s in _sessions(c) if not home.place_of(s)}
    same = {source for source in elsewhere if is_same(Path(source).parent, active)}
    return replace(
        home,
        by_other_paths={source: Path(source).name for source in same},
        accepted=frozenset(_accepted(settings, layout, home, containers)),
    )


def _accepted(
    settings: Settings, layout: StateLayout, home: Home, containers: Sequence[ObservedContainer]
) -> Iterator[str]:
    """Those of before: adopted ones, lost ones, and those of a place that the fleet moved from."""
    record = read_home(layout)
    yield from record.adopted if record else ()
    yield from (c.container_id for c in containers if _has_lost_its_session(c, home))
    displaced = displacement_of(settings, containers)
    if displaced and displaced.are_ours:
        yield from (container.container_id for container in displaced.containers)


def _sessions(container: ObservedContainer) -> Iterator[str]:
    """What may be the folder of a session by another path than ours."""
    return (s for s in container.mounts.values() if Path(s).parent.name == "active")


def _has_lost_its_session(container: ObservedContainer, home: Home) -> bool:
    """Whether it is the fleet's, and its session lay in a state folder that is gone."""
    labels = container.ours
    if labels is None or not home.claimed_by(container):
        return False
    source = session_source(container, labels.identity)
    is_named = bears_its_name(labels.identity, container.name, container.container_id)
    return bool(source) and is_named and not is_there(source)
