"""What a plan rests on besides the specs and the engine: the state folder and the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.plan.config_drift import differences
from multi_instance_manager.plan.secret_changes import secret_changes
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.state.launch_secrets import read_secret_record
from multi_instance_manager.state.layout import RECORD_OF_SECRETS, StateLayout

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from multi_instance_manager.commands.survey.engine_sides import EngineSides
    from multi_instance_manager.commands.survey.scope import Scope
    from multi_instance_manager.fleet.containers import Fleet
    from multi_instance_manager.plan.causes import Cause
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.sessions.profile import Pool
    from multi_instance_manager.sessions.sync_state import Custody
    from multi_instance_manager.settings.model import Settings


def disabled_instances(settings: Settings, pool: Pool, scope: Scope) -> dict[str, str]:
    """The profiles that are not to be launched, by the names of their containers."""
    prefix, disabled = settings.container_prefix, settings.disabled
    wanted_gone = disabled & scope.names
    names = [profile.name for profile in pool.profiles if profile.name in wanted_gone]
    return {container_name_of(prefix, name): name for name in names}


def known_before(layout: StateLayout, specs: Sequence[InstanceSpec]) -> frozenset[str]:
    """The containers that have existed before: their custody was recorded."""
    names = (spec.container_name for spec in specs)
    return frozenset(n for n in names if layout.custody_record(n).exists())


def launched_before(
    layout: StateLayout, specs: Sequence[InstanceSpec], leases: Collection[str]
) -> frozenset[str]:
    """The containers of which something stays for good: a lease, or versions of a session."""
    return frozenset(
        spec.container_name
        for spec in specs
        if spec.profile_name in leases or layout.history_dir(spec.container_name).exists()
    )


def changed_secrets(
    layout: StateLayout, specs: Sequence[InstanceSpec], fleet: Fleet
) -> dict[str, tuple[Cause, ...]]:
    """What changed of each instance that its labels do not tell, by its container's name."""
    records_of = {name: layout.secret_record(name) for name in fleet.current}
    for name in fleet.aside.keys() - fleet.current.keys():
        records_of[name] = layout.aside_dir(name) / RECORD_OF_SECRETS
    return {
        spec.container_name: secret_changes(
            read_secret_record(records_of[spec.container_name]), spec
        )
        for spec in specs
        if spec.container_name in records_of
    }


def differences_of(
    specs: Sequence[InstanceSpec], fleet: Fleet, sides: EngineSides
) -> dict[str, tuple[Cause, ...]]:
    """How containers stand otherwise than they were made, by their IDs."""
    found: dict[str, tuple[Cause, ...]] = {}
    for spec in specs:
        for group in (fleet.current, fleet.aside):
            container = group.get(spec.container_name)
            if container is not None:
                stands = sides.built.get(container.container_id)
                found[container.container_id] = differences(spec, container, stands)
    return {key: causes for key, causes in found.items() if causes}


def custody_of_instances(
    settings: Settings, specs: Sequence[InstanceSpec], fleet: Fleet, pool: Pool
) -> dict[str, Custody]:
    """Which side of each session has changed, by the container's name."""
    layout = StateLayout(settings.state_dir, settings.container_prefix)
    custodian = Custodian(layout, settings.application.login)
    known = {*fleet.current, *fleet.aside}
    paths = {profile.name: profile.path for profile in pool.profiles}
    return {
        spec.container_name: custodian.custody_of(
            spec.container_name,
            spec.profile_name,
            paths[spec.profile_name],
            is_aside=spec.container_name not in fleet.current,
        )
        for spec in specs
        if spec.container_name in known
    }
