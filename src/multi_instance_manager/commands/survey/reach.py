"""Refuses what cannot be done: without an engine or a project, or where files are elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.checks import preflight
from multi_instance_manager.commands.survey import displacement, other_state_folders
from multi_instance_manager.errors import Refused
from multi_instance_manager.findings import errors_of
from multi_instance_manager.probe.host_survey import root_fault_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.settings.model import Settings

_ENGINE = "engine"
_POOL = "profile-dir"
_AWAY = {other_state_folders.CODE, displacement.CODE}


def place_findings(seen: Survey) -> tuple[Finding, ...]:
    """What is to be said of where the engine runs."""
    return tuple(preflight.check_place(seen.engine.place, seen.engine.endpoint))


def refuse_without_engine(seen: Survey) -> None:
    """Raise `Refused` where the engine could not be asked."""
    if seen.engine.reader is None or seen.engine.containers is None:
        raise Refused([finding for finding in seen.findings if finding.code == _ENGINE])


def refuse_out_of_reach(seen: Survey) -> None:
    """Raise `Refused` where instances, or their files, are not on this machine.

    A container there may bear the labels of a project that has the same path here: to stop it
    would lose its session, whose copy lies over there.
    """
    refuse_without_engine(seen)
    refuse_engine_elsewhere(seen)
    away = findings_of_place(seen)
    if away:
        raise Refused(away)


def refuse_engine_elsewhere(seen: Survey) -> None:
    """Raise `Refused` where the engine is not one of this machine."""
    if seen.engine.is_elsewhere:
        raise Refused(errors_of(place_findings(seen)))


def findings_of_place(seen: Survey) -> list[Finding]:
    """What is to be cleared up before anything is done: nothing else that was found counts yet."""
    return [finding for finding in seen.findings if finding.code in _AWAY]


def refuse_without_a_project(settings: Settings, known: Collection[object]) -> None:
    """Raise `Refused` where nothing is known, because this is no project.

    Somebody who is in the wrong folder must not read that there is nothing to stop. A project
    whose folder has gone is known by its containers.
    """
    if not known:
        found = preflight.check_root(settings, root_fault_of(settings))
        if found:
            raise Refused(found)


def refuse_shared_names(seen: Survey) -> None:
    """Raise `Refused` where two profiles mean one container: it would be acted on twice."""
    shared = preflight.check_shared_names(seen.specs)
    if shared:
        raise Refused(shared)


def refuse_without_a_pool(seen: Survey, known: Collection[object]) -> None:
    """Raise `Refused` where nothing is known because the pool's folder is not there."""
    found = pool_findings(seen)
    if found and not known:
        raise Refused(found)


def pool_findings(seen: Survey) -> list[Finding]:
    """Why the pool cannot be read: no session can be saved to it, whatever else is done."""
    return [finding for finding in seen.findings if finding.code == _POOL]
