"""Where an instance answers, as its container was made; only without one, as it would be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.http.urls import url_of
from multi_instance_manager.proof.host_addresses import reachable_address

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.fleet.containers import ObservedContainer


class Address(msgspec.Struct, frozen=True):
    """The host's side of an instance: an address that can be connected to, and its ports."""

    host: str
    api_port: int
    stream_port: int | None

    @property
    def api_url(self) -> str:
        """Where the API answers."""
        return url_of(self.host, self.api_port)


def address_of(member: Member, host_ip: str) -> Address | None:
    """The address of a member; ``host_ip`` where its container, being down, publishes nothing.

    None where it is not known: a profile that cannot be used, a container without our labels.
    """
    container, spec = member.container, member.spec
    if container is not None and container.ours is not None:
        lease = container.ours.identity
    elif spec is not None:
        lease = spec.identity
    else:
        return None
    inner = spec.inner_ports if spec else None
    api_port = _outer_port(container, inner.api if inner else 0, lease.api_port)
    stream_port = lease.stream_port
    if inner and inner.stream and stream_port is not None:
        stream_port = _outer_port(container, inner.stream, stream_port)
    host = _published_on(container, api_port) or (spec.host_ip if spec else host_ip)
    return Address(reachable_address(host), api_port, stream_port)


def _outer_port(container: ObservedContainer | None, inner: int, leased: int) -> int:
    """The port of the host that leads to a port inside: what the engine says beats the lease."""
    published = container.published if container is not None else ()
    found = [one.port for one in published if inner and one.inner == inner]
    return found[0] if found and leased not in found else leased


def _published_on(container: ObservedContainer | None, port: int) -> str | None:
    """The address that a port is published on; an engine's word for every address is none."""
    published = container.published if container is not None else ()
    found = next((one.host_ip for one in published if one.port == port), None)
    return "0.0.0.0" if found == "" else found  # noqa: S104  # what it stands for
