"""Finds the running container of one profile, without a survey of the whole pool: it is quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.commands.survey.engine_facts import is_of_the_earlier_script
from multi_instance_manager.commands.survey.home import home_of
from multi_instance_manager.commands.survey.reach import refuse_without_a_project
from multi_instance_manager.commands.survey.selection import select
from multi_instance_manager.errors import InstanceFailed
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.fleet.containers import ContainerState, sort_containers
from multi_instance_manager.sessions.pool import names_in

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.engine.protocol.engine import Reader
    from multi_instance_manager.fleet.containers import Fleet, ObservedContainer
    from multi_instance_manager.settings.model import Settings

_NEXT_STEPS = {
    ContainerState.PAUSED: "`docker unpause {0}` lets it go on",
    ContainerState.RESTARTING: "it keeps crashing: see `multi-instance explain {1}`",
}
_START = "`multi-instance start {1}` starts it, `multi-instance up` brings all up to date"


def running_instance(request: Request, profile_name: str) -> ObservedContainer:
    """The profile's container; raises `InstanceFailed` where it does not run.

    `UsageProblems` where neither the pool nor the engine knows such a profile, `Refused` where
    there is no project.
    """
    settings = request.settings
    name = container_name_of(settings.container_prefix, profile_name)
    fleet = _fleet(settings, request.engine(), name)
    container = _container_of(fleet, name, profile_name)
    if container is None:
        known = _known(settings, fleet)
        refuse_without_a_project(settings, known)
        select([profile_name], known)
        raise InstanceFailed(
            f"profile {profile_name}: has no container; `multi-instance up` launches it"
        )
    if container.state is not ContainerState.RUNNING:
        step = _NEXT_STEPS.get(container.state, _START).format(container.name, profile_name)
        raise InstanceFailed(
            f"profile {profile_name}: container {container.name} is not running "
            f"(it is {container.state}); {step}"
        )
    return container


def _fleet(settings: Settings, reader: Reader, name: str) -> Fleet:
    containers = reader.list_containers()
    unlabelled = [c for c in containers if c.name == name and c.ours is None]
    legacy = {
        c.name for c in unlabelled if is_of_the_earlier_script(reader, c, settings.application)
    }
    return sort_containers(
        containers,
        home_of(settings, containers),
        wanted_names=frozenset({name}),
        legacy_names=frozenset(legacy),
    )


def _container_of(fleet: Fleet, name: str, profile_name: str) -> ObservedContainer | None:
    found = fleet.current.get(name) or fleet.legacy.get(name) or fleet.aside.get(name)
    strays = (c for c in fleet.strays if c.ours and c.ours.identity.profile_name == profile_name)
    return found or next(strays, None)


def _known(settings: Settings, fleet: Fleet) -> list[str]:
    """The names of the pool, and those of the fleet's containers."""
    ours = [stray.ours.identity.profile_name for stray in fleet.strays if stray.ours]
    return list(dict.fromkeys((*names_in(settings.profile_dir), *ours)))
