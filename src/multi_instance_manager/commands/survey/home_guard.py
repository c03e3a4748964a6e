"""Keeps where a fleet is at home: in which project, in which state folder, on which engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.errors import EngineError
from multi_instance_manager.state.home_record import HomeRecord, new_identity, read_home, write_home

if TYPE_CHECKING:
    from multi_instance_manager.engine.protocol.engine import Reader
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.state.layout import StateLayout


def remember_home(settings: Settings, layout: StateLayout, engine: Reader) -> None:
    """Keep where the fleet is at home, where that is not known yet; the fleet is held."""
    record, url = read_home(layout), engine.describe().url
    here = (str(settings.project_root), str(layout.top), url)
    if record is None or (record.root, record.state_dir, record.engine_url) != here:
        settle_here(settings, layout, engine)


def settle_here(
    settings: Settings, layout: StateLayout, engine: Reader, adopted: tuple[str, ...] = ()
) -> None:
    """Keep that it is at home here; what was adopted before stays so while it stands."""
    record = read_home(layout)
    standing = {container.container_id for container in engine.list_containers()}
    before = tuple(name for name in (record.adopted if record else ()) if name in standing)
    here = (str(settings.project_root), str(layout.top))
    is_known = record is not None and (record.root, record.state_dir) == here
    home = HomeRecord(
        *here,
        identity=record.identity if record and is_known else new_identity(),
        engine_url=engine.describe().url,
        engine=_name_of(engine),
        adopted=tuple(dict.fromkeys((*before, *adopted))),
    )
    write_home(layout, home)


def _name_of(engine: Reader) -> str:
    try:
        return engine.host().engine
    except EngineError:
        return ""
