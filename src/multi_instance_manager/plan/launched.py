"""An instance as it stands, whatever is wanted now: read from its container's labels. Pure.

What starts, waits for or proves an instance without replacing it goes by this: settings that have
changed since its launch do not make it another instance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.engine.docker_run import ExtraArgs
from multi_instance_manager.plan.spec import API_PORT, InstanceSpec, targets_of
from multi_instance_manager.settings.model import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.engine.protocol.engine import Image
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.fleet.labels import InstanceLabels
    from multi_instance_manager.state.layout import StateLayout

_USUAL_ADDRESSES = ("127.0.0.1", "0.0.0.0", "::1", "::")  # noqa: S104  # compared, never bound


class LaunchedAs(msgspec.Struct, frozen=True):
    """One instance as it was launched.

    ``spec`` has its identity, ports and address; it is no recipe to create the container from.
    ``own_folders`` are those that show its own profile alone, ``empty_folders`` nothing;
    ``has_own_key`` says that its key
    lies in its private key file, and not in the host's.
    """

    spec: InstanceSpec
    own_folders: tuple[str, ...]
    empty_folders: tuple[str, ...]
    has_own_key: bool


def standing_of(
    container_name: str,
    container: ObservedContainer,
    image: Image,
    layout: StateLayout,
    application: Application,
    likely_addresses: Iterable[str] = (),
) -> LaunchedAs:
    """Read a container of ours; ``container_name`` is that of its private files.

    Its own folders are where it was given its private one, wherever the application is known to
    look now; ``application`` says that only where the labels know of another state folder.
    Labels have the address that it publishes on as a digest only: ``likely_addresses`` are tried
    before the usual ones.
    """
    labels = container.ours
    if labels is None:
        raise TypeError(f"{container.name} is none of ours")
    parts = dict(labels.spec_parts)
    published = [port.host_ip for port in container.published if port.host_ip]
    likely = InstanceSpec(
        identity=labels.identity,
        container_name=container_name,
        image=image,
        host_ip="127.0.0.1",
        inner_ports=application.ports,
        variables=(),
        mounts=(),
        limits=Limits(),
        extra=ExtraArgs(),
    )
    candidates = [*published, *likely_addresses, *_USUAL_ADDRESSES]
    specs = [replace(likely, host_ip=address) for address in candidates]
    known = [s for s in specs if _parts(s)[API_PORT] == parts.get(API_PORT)]
    return LaunchedAs(
        spec=(known or specs)[0],
        own_folders=_own_folders(container_name, labels, layout) or (application.paths.active_dir,),
        empty_folders=_empty_folders(container_name, labels, layout),
        has_own_key=has_own_key(container_name, labels, layout),
    )


def _own_folders(
    container_name: str, labels: InstanceLabels, layout: StateLayout
) -> tuple[str, ...]:
    """The folder in use, then the one that it takes for its pool.

    An earlier version mounted one folder at both places.
    """
    active, saved = layout.active_dir(container_name), layout.saved_dir(container_name)
    return targets_of(str(active), labels) + targets_of(str(saved), labels, read_only=True)


def _empty_folders(
    container_name: str, labels: InstanceLabels, layout: StateLayout
) -> tuple[str, ...]:
    """The mask over further profiles, which an earlier version mounted to be written to."""
    mask = str(layout.emergency_dir(container_name))
    return targets_of(mask, labels, read_only=True) or targets_of(mask, labels)


def has_own_key(container_name: str, labels: InstanceLabels, layout: StateLayout) -> bool:
    """Whether a container was given a key file of its own."""
    return bool(targets_of(str(layout.key_file(container_name)), labels, read_only=True))


def _parts(spec: InstanceSpec) -> dict[str, str]:
    """The digests of its parts, as labels have them."""
    return dict(spec.labels().spec_parts)
