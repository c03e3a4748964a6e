"""Gathers who holds the host ports that a plan needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.listeners import busy_ports, holder_of, listening_ports
from multi_instance_manager.plan import Kind
from multi_instance_manager.ports import HIGHEST_PORT
from multi_instance_manager.preflight import PortFacts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.observed import ObservedContainer
    from multi_instance_manager.plan import Plan
    from multi_instance_manager.spec import InstanceSpec


_EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  # what engines call every address


def gather_port_facts(
    host_ip: str,
    specs: Sequence[InstanceSpec],
    containers: Sequence[ObservedContainer],
    plan: Plan,
) -> PortFacts:
    """Try every planned port that no container of this very plan holds or gives up.

    Containers are asked about, too: an engine may forward a port without a listening process.
    """
    planned = {port for spec in specs for port in spec.host_ports if port <= HIGHEST_PORT}
    in_plan = {
        container.container_id: container
        for operation in plan.operations
        if operation.kind is not Kind.ORPHAN
        for container in operation.containers
    }
    released = {port.port for container in in_plan.values() for port in container.published}
    others = {
        port.port: container.name
        for container in containers
        if container.container_id not in in_plan
        for port in container.published
        if port.protocol == "tcp" and _meet(port.host_ip, host_ip)
    }
    busy = busy_ports(host_ip, planned - released) | (planned & others.keys())
    known = busy | listening_ports() | others.keys() if busy else busy
    return PortFacts({port: _described(port, others) for port in busy}, frozenset(known))


def _meet(one: str, other: str) -> bool:
    """Whether listeners at both addresses would be in each other's way."""
    return one == other or bool({one, other} & _EVERYWHERE)


def _described(port: int, containers: Mapping[int, str]) -> str:
    if port in containers:
        return f"container {containers[port]}"
    return holder_of(port).description
