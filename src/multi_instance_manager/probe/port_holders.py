"""Finds the holders of the host ports that a plan needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.fleet.leases import HIGHEST_PORT
from multi_instance_manager.host.listeners import (
    address_fault,
    busy_ports,
    holders_of,
    listening_ports,
)
from multi_instance_manager.host.port_holder import Holder, HolderKind
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.probe.port_facts import PortFacts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.plan.plan import Plan
    from multi_instance_manager.plan.spec import InstanceSpec


_EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  # what engines call every address


def address_faults(host_ip: str, specs: Sequence[InstanceSpec]) -> dict[str, str]:
    """Return why an address cannot be published on, by the address."""
    extra = (address for spec in specs for address, _ in spec.extra.published)
    found = {address: address_fault(address) for address in dict.fromkeys((host_ip, *extra))}
    return {address: fault for address, fault in found.items() if fault}


class PortSurvey(msgspec.Struct, frozen=True):
    """The holders of the ports, and whether the engine is still changing them.

    ``unsettled`` are ports that a process holds although, by its labels, a container of this plan
    has them: the engine has bound them, but does not list them yet, or no longer lists them.
    """

    facts: PortFacts
    unsettled: frozenset[int]


def survey_ports(
    host_ip: str,
    specs: Sequence[InstanceSpec],
    containers: Sequence[ObservedContainer] | None,
    plan: Plan,
) -> PortSurvey:
    """Test every planned port that no container of this plan holds or gives up.

    Containers are considered, too: an engine may forward a port without a listening process.
    ``containers`` is None if no engine answered: ports of an engine's own proxy may then be ours,
    and give no finding.
    """
    planned = {port for spec in specs for port in spec.host_ports if port <= HIGHEST_PORT}
    extra = {port: address for spec in specs for address, port in spec.extra.published if port}
    in_plan = {
        container.container_id: container
        for operation in plan.operations
        if operation.kind is not OperationKind.ORPHAN
        for container in operation.containers
    }
    released = {port.port for container in in_plan.values() for port in container.published}
    others = {
        port.port: container.name
        for container in containers or ()
        if container.container_id not in in_plan
        for port in container.published
        if port.protocol == "tcp" and _meet(port.host_ip, host_ip)
    }
    busy = busy_ports(host_ip, planned - released)
    busy |= {p for p, address in extra.items() if p not in released and busy_ports(address, [p])}
    busy |= (planned | extra.keys()) & others.keys()
    holders = {port: _holders_of(port, others) for port in busy}
    if containers is None:
        holders = {
            port: found
            for port, found in holders.items()
            if not all(holder.may_be_of_engine for holder in found)
        }
    known = busy | listening_ports() | others.keys() if busy else busy
    leased = {port for container in in_plan.values() for port in _leased(container)}
    unsettled = frozenset((holders.keys() & leased) - others.keys())
    return PortSurvey(PortFacts(holders, frozenset(known)), unsettled)


def _leased(container: ObservedContainer) -> tuple[int, ...]:
    labels = container.ours
    return labels.identity.host_ports if labels else ()


def _meet(one: str, other: str) -> bool:
    """Whether listeners at both addresses would conflict."""
    return one == other or bool({one, other} & _EVERYWHERE)


def _holders_of(port: int, containers: Mapping[int, str]) -> tuple[Holder, ...]:
    if port in containers:
        return (Holder(HolderKind.CONTAINER, containers[port]),)
    return holders_of(port)
