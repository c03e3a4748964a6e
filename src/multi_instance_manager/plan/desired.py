"""From settings, pool, leases and image to the wanted specs, one for each profile. Pure."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.plan import mounts
from multi_instance_manager.plan.spec import InstanceSpec, identity_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.engine.docker_run import ExtraArgs
    from multi_instance_manager.engine.protocol.engine import Image
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.state.layout import StateLayout
    from multi_instance_manager.text.secret import Secret


class Ingredients(msgspec.Struct, frozen=True):
    """What the specs of one run are made from; ``own_…`` by profile name, where it differs.

    ``proxies`` are the variables that the docker client would give to each container.
    """

    settings: Settings
    host: mounts.Host
    layout: StateLayout
    image: Image
    extra: ExtraArgs
    own_images: Mapping[str, Image] = msgspec.field(default_factory=dict)
    own_extras: Mapping[str, ExtraArgs] = msgspec.field(default_factory=dict)
    proxies: tuple[tuple[str, Secret], ...] = ()


def wanted_specs(
    profile_names: Sequence[str], slots: Mapping[str, int], shared: Ingredients
) -> tuple[InstanceSpec, ...]:
    """The specs, in the order of the profiles."""
    of_all = mounts.common_of(shared.settings, shared.host)
    return tuple(_spec(name, slots[name], shared, of_all) for name in profile_names)


def _spec(profile_name: str, slot: int, shared: Ingredients, of_all: mounts.Common) -> InstanceSpec:
    settings = shared.settings.of(profile_name)
    same = settings is shared.settings
    common = of_all if same else mounts.common_of(settings, shared.host)
    extra = shared.own_extras.get(profile_name, shared.extra).with_proxies(shared.proxies)
    name = container_name_of(settings.container_prefix, profile_name)
    own_key_file = common.key_target is not None
    in_variable = settings.application.variables.api_key is not None
    return InstanceSpec(
        identity=identity_of(
            settings.container_prefix,
            str(settings.project_root),
            profile_name,
            slot,
            settings.ports_of(profile_name, slot),
        ),
        container_name=name,
        image=shared.own_images.get(profile_name, shared.image),
        host_ip=settings.host_ip,
        inner_ports=settings.application.ports,
        variables=mounts.variables(common, profile_name, extra.variable_names),
        mounts=mounts.mounts(common, shared.layout.mount_sources(name)),
        limits=settings.limits,
        extra=extra,
        env_digest=shared.host.env_digest,
        env_variables=tuple(sorted(shared.host.env_variables.items(), key=itemgetter(0))),
        key=settings.api_key if own_key_file and not in_variable else None,
    )
