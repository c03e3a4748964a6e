"""Sorts the engine's containers for one fleet, and finds what is to be said of them. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.checks import preflight
from multi_instance_manager.commands.survey.displacement import (
    displacement_of,
    engine_displacement,
    finding_of,
)
from multi_instance_manager.commands.survey.home import home_of
from multi_instance_manager.commands.survey.logins_elsewhere import logins_elsewhere
from multi_instance_manager.commands.survey.other_state_folders import sessions_elsewhere
from multi_instance_manager.fleet.container_names import aside_name_of, container_name_of
from multi_instance_manager.fleet.containers import Fleet, sort_containers

if TYPE_CHECKING:
    from collections.abc import Collection

    from multi_instance_manager.commands.survey.engine_facts import EngineFacts
    from multi_instance_manager.commands.survey.scope import Scope
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.fleet.ownership import Home
    from multi_instance_manager.sessions.profile import Pool
    from multi_instance_manager.settings.model import Settings


class FleetView(msgspec.Struct, frozen=True):
    """The fleet, what it was held against, and what was found."""

    fleet: Fleet
    home: Home
    findings: tuple[Finding, ...]


def view_fleet(settings: Settings, engine: EngineFacts, pool: Pool, scope: Scope) -> FleetView:
    """The fleet of these settings among the containers that the engine has shown."""
    containers, prefix = engine.containers or (), settings.container_prefix
    home = home_of(settings, containers)
    names = {container_name_of(prefix, one.name): one.name for one in pool.profiles}
    fleet = sort_containers(
        containers,
        home,
        wanted_names=frozenset(names),
        legacy_names=_legacy_names(settings, engine, names),
    )
    claims = preflight.check_claims(fleet, home, names)
    twins = _twins(settings, engine, fleet, pool, scope)
    found = (*_away(settings, engine, home), *scope.findings_in(claims), *twins)
    return FleetView(fleet, home, found)


def _twins(
    settings: Settings, engine: EngineFacts, fleet: Fleet, pool: Pool, scope: Scope
) -> list[Finding]:
    """Logins that are in two places, one of which is in the scope."""
    enabled = [one.name for one in pool.profiles if one.name not in settings.disabled]
    found = [*preflight.check_twins(pool.profiles, enabled, scope.names)]
    launched = [name for name in enabled if name in scope.names]
    if not engine.is_elsewhere:
        found += logins_elsewhere(settings, fleet, pool, launched)
    return found


def _away(settings: Settings, engine: EngineFacts, home: Home) -> list[Finding]:
    """Where the fleet's sessions or instances are elsewhere than this run looks."""
    if engine.containers is None or engine.is_elsewhere:
        return []
    found = sessions_elsewhere(engine.containers, home)
    displaced = displacement_of(settings, engine.containers) or engine_displacement(
        settings, engine
    )
    return found or ([finding_of(displaced, settings)] if displaced else [])


def _legacy_names(
    settings: Settings, engine: EngineFacts, wanted: Collection[str]
) -> frozenset[str]:
    names = {*wanted, *(aside_name_of(name) for name in wanted)}
    unlabelled = [c for c in engine.containers or () if c.name in names and c.ours is None]
    return frozenset(c.name for c in unlabelled if engine.is_legacy(c, settings.application))
