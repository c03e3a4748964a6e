"""Whether a fleet is still at home in its state folder: not moved, copied, shared or elsewhere.

To act on less than what is known would call that removed which runs. Told as one cause.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.survey.leftovers import names_with_files
from multi_instance_manager.errors import EngineError
from multi_instance_manager.findings import Finding, error
from multi_instance_manager.fleet.ownership import bears_its_name, session_source
from multi_instance_manager.state.home_record import HomeRecord, read_home
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.commands.survey.engine_facts import EngineFacts
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.fleet.labels import Identity
    from multi_instance_manager.settings.model import Settings

CODE = "displaced"
_ADOPT = "multi-instance adopt"


class DisplacementKind(StrEnum):
    """How a fleet came to be elsewhere than it was."""

    MOVED = "moved"
    OTHER_PATH = "seen under another path"
    COPIED = "copied"
    SHARED = "shared with another project"
    OTHER_ENGINE = "used with another engine"


class Displacement(msgspec.Struct, frozen=True):
    """How, from where, and which containers the fleet had there.

    ``before`` is the former project, the original state folder, or the other engine.
    """

    way: DisplacementKind
    before: str
    containers: tuple[ObservedContainer, ...] = ()

    @property
    def are_ours(self) -> bool:
        """Whether its containers are this fleet's all the same."""
        return self.way in {DisplacementKind.MOVED, DisplacementKind.OTHER_PATH}


def displacement_of(
    settings: Settings, containers: Sequence[ObservedContainer]
) -> Displacement | None:
    """How the fleet was displaced; None where it is at home, or nothing of it is left."""
    layout = StateLayout(settings.state_dir, settings.container_prefix)
    record = read_home(layout)
    if record and record.root == str(settings.project_root):
        return None  # another state folder of the same project is told as that
    former = tuple(c for c in containers if _is_of_the_fleet(c, settings, record))
    if record is None:
        return _lost(former)
    if not former and not names_with_files(layout):
        return None
    way = _way(settings, layout, record)
    before = record.state_dir if way is DisplacementKind.COPIED else record.root
    return Displacement(way, before, former)


def _way(settings: Settings, layout: StateLayout, record: HomeRecord) -> DisplacementKind:
    before = Path(record.root)
    if is_same(record.state_dir, layout.top):
        if is_same(before, settings.project_root):
            return DisplacementKind.OTHER_PATH
        is_project = is_there(before / settings.application.project.mark)
        return DisplacementKind.SHARED if is_project else DisplacementKind.MOVED
    original = read_home(StateLayout(Path(record.state_dir), layout.fleet))
    is_copy = original is not None and original.identity == record.identity
    return DisplacementKind.COPIED if is_copy else DisplacementKind.MOVED


def engine_displacement(settings: Settings, engine: EngineFacts) -> Displacement | None:
    """Whether the state folder holds the sessions of another engine's instances.

    One engine may be reached in several ways: it is asked where this is not the one of before.
    """
    layout = StateLayout(settings.state_dir, settings.container_prefix)
    record = read_home(layout)
    if record is None or not engine.url or record.engine_url == engine.url:
        return None
    if not record.engine or not names_with_files(layout):
        return None
    now = name_of_engine(engine)
    is_other = bool(now) and now != record.engine
    return Displacement(DisplacementKind.OTHER_ENGINE, record.engine_url) if is_other else None


def name_of_engine(engine: EngineFacts) -> str:
    """What the engine tells of itself; empty where it tells nothing."""
    try:
        return engine.reader.host().engine if engine.reader else ""
    except EngineError:
        return ""


def _lost(containers: Sequence[ObservedContainer]) -> Displacement | None:
    """A project that was moved without its state folder is known by its containers alone."""
    roots = [c.ours.identity.root for c in containers if c.ours]
    return Displacement(DisplacementKind.MOVED, roots[0], tuple(containers)) if roots else None


def _is_of_the_fleet(
    container: ObservedContainer, settings: Settings, record: HomeRecord | None
) -> bool:
    """Whether it is an instance that the fleet had at its former place."""
    labels = container.ours
    if labels is None or (record and container.container_id in record.adopted):
        return False
    identity = labels.identity
    source = session_source(container, identity)
    if identity.fleet != settings.container_prefix or not source:
        return False
    if not bears_its_name(identity, container.name, container.container_id):
        return False
    if record is None:
        return _is_gone(identity, source) and _has_profile(settings, identity)
    is_former = identity.root == record.root != str(settings.project_root)
    return is_former and source.startswith(f"{record.state_dir}/")


def _is_gone(identity: Identity, source: str) -> bool:
    return not is_there(Path(identity.root)) and not is_there(Path(source))


def _has_profile(settings: Settings, identity: Identity) -> bool:
    return (settings.profile_dir / f"{identity.profile_name}.json").is_file()


def finding_of(found: Displacement, settings: Settings) -> Finding:
    """The one finding that says it, with the one remedy."""
    before, top = printable(found.before), settings.state_dir
    subject = f"project {settings.project_root}"
    match found.way:
        case DisplacementKind.MOVED:
            return error(CODE, subject, f"the project moved from {before}", f"`{_ADOPT}`")
        case DisplacementKind.OTHER_PATH:
            fact = f"is {before} under another path, which its instances were launched from"
            return error(CODE, subject, fact, f"run the command there, or `{_ADOPT}`")
        case DisplacementKind.COPIED:
            fact = f"is a copy of {before}, whose instances are the original's"
            step = f"work there, or `{_ADOPT}` to make the copy a pool of its own"
            return error(CODE, f"state folder {top}", fact, step)
        case DisplacementKind.SHARED:
            fact = f"is used by the project {before}, too, for instances of the same names"
            step = "use another --container-prefix or another --state-dir"
            return error(CODE, f"state folder {top}", fact, step)
        case DisplacementKind.OTHER_ENGINE:
            fact = f"has the sessions of instances on another engine ({before})"
            step = f"go on with that (DOCKER_HOST={before}), or `{_ADOPT}` once none runs there"
            return error(CODE, f"state folder {top}", fact, step)


def is_there(folder: str | Path) -> bool:
    """Whether it is a folder; one that is closed to this user may well be."""
    try:
        return Path(folder).is_dir()
    except PermissionError:
        return True


def is_same(one: str | Path, other: str | Path) -> bool:
    """Whether both paths lead to one folder."""
    try:
        return os.path.samefile(one, other)  # noqa: PTH121  # paths that are gone are no error
    except OSError:
        return False
