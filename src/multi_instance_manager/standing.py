"""An instance as it stands, whatever is wanted now: read from its container's labels. Pure.

What starts, waits for or proves an instance without replacing it goes by this: settings that have
changed since its launch do not make it another instance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager import contract
from multi_instance_manager.docker_args import ExtraArgs
from multi_instance_manager.settings.model import Limits
from multi_instance_manager.spec import InstanceSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multi_instance_manager.engine.protocol import Image
    from multi_instance_manager.observed import ObservedContainer
    from multi_instance_manager.state_layout import StateLayout

_USUAL_ADDRESSES = ("127.0.0.1", "0.0.0.0", "::1", "::")  # noqa: S104  # compared, never bound
_API_PORT = "API port"


class Standing(msgspec.Struct, frozen=True):
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
    likely_addresses: Iterable[str] = (),
) -> Standing:
    """Read a container of ours; ``container_name`` is that of its private files.

    Labels have the address that it publishes on as a digest only: ``likely_addresses`` are tried
    before the usual ones.
    """
    labels = container.ours
    if labels is None:
        raise TypeError(f"{container.name} is none of ours")
    parts = dict(labels.spec_parts)
    published = [port.host_ip for port in container.published if port.host_ip]
    own_saved = contract.Mount(str(layout.saved_dir(container_name)), contract.SAVED, True)
    # An earlier version mounted one folder at both places.
    one_folder = contract.Mount(str(layout.active_dir(container_name)), contract.SAVED)
    likely = InstanceSpec(
        identity=labels.identity,
        container_name=container_name,
        image=image,
        host_ip="127.0.0.1",
        variables=(),
        mounts=(own_saved,),
        limits=Limits(),
        extra=ExtraArgs(),
    )
    candidates = [*published, *likely_addresses, *_USUAL_ADDRESSES]
    specs = [replace(likely, host_ip=address) for address in candidates]
    known = [s for s in specs if _parts(s)[_API_PORT] == parts.get(_API_PORT)]
    saved = f"mount {contract.SAVED}"
    hides_pool = parts.get(saved) in {
        _parts(replace(likely, mounts=(mount,)))[saved] for mount in (own_saved, one_folder)
    }
    return Standing(
        spec=(known or specs)[0],
        own_folders=(contract.ACTIVE, contract.SAVED) if hides_pool else (contract.ACTIVE,),
        empty_folders=(contract.EMERGENCY,) if f"mount {contract.EMERGENCY}" in parts else (),
        has_own_key=f"mount {contract.KEY_FILE}" in parts,
    )


def _parts(spec: InstanceSpec) -> dict[str, str]:
    """The digests of its parts, as labels have them."""
    return dict(spec.labels().spec_parts)
