"""Checks of the host ports: their ranges, who holds them, who would take whose. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.findings import Finding, error
from multi_instance_manager.fleet.leases import (
    HIGHEST_PORT,
    PortBases,
    PortPair,
    free_shift,
    next_free_slot,
)
from multi_instance_manager.host.port_holder import holders_text
from multi_instance_manager.probe.port_facts import PortFacts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.plan.plan import Plan
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.settings.model import Settings


_NAMES = ("API", "stream")
_FLAGS = ("--base-api-port", "--base-stream-port")


def check_ranges(
    settings: Settings,
    specs: Sequence[InstanceSpec],
    others: Mapping[str, PortPair] | None = None,
) -> list[Finding]:
    """Port ranges that pass the last port, or run into each other.

    ``others`` are the leases of enabled profiles that this launch is not about.
    """
    bases = settings.bases
    slots = [spec.identity.slot for spec in specs]
    last = max(slots, default=0)
    findings: list[Finding] = []
    for name, flag, base in zip(_NAMES, _FLAGS, bases.each, strict=False):
        if base + last > HIGHEST_PORT:
            fact = f"{len(slots)} instances need ports {base} to {base + last}, past {HIGHEST_PORT}"
            findings.append(error("range", f"{name} ports", fact, f"lower {flag}"))
    findings += _check_pins(settings, specs, others or {})
    pairs = {s.profile_name: _pair_of(s) for s in specs} | dict(others or {})
    leased = [pair for name, pair in pairs.items() if name not in settings.pinned_ports]
    shared = {pair.stream for pair in leased} & {pair.api for pair in leased}
    if shared:
        fact = (
            f"the ranges {' and '.join(f'{base} to {base + last}' for base in bases.each)} overlap"
        )
        step = "move --base-api-port and --base-stream-port apart"
        findings.append(error("range", "API and stream ports", fact, step))
    return findings


def _pair_of(spec: InstanceSpec) -> PortPair:
    return PortPair(spec.identity.api_port, spec.identity.stream_port)


def _check_pins(
    settings: Settings, specs: Sequence[InstanceSpec], others: Mapping[str, PortPair]
) -> list[Finding]:
    """Ports that are pinned for one profile and wanted by another, or twice by the same."""
    users: dict[int, list[str]] = {}
    for spec in specs:
        for port in spec.host_ports:
            users.setdefault(port, []).append(spec.profile_name)
    for name, pair in others.items():
        for port in users.keys() & set(pair.each):
            users[port].append(name)
    findings = []
    for port, names in users.items():
        pinned = [name for name in names if name in settings.pinned_ports]
        if len(names) > 1 and pinned:
            rivals = [name for name in names if name != pinned[0]] or ["its other port"]
            fact = f"port {port} is pinned for it, and also wanted by {' and '.join(rivals)}"
            step = "pin another port in the configuration file"
            finding = error("pin", f"profile {pinned[0]}", fact, step)
            findings.append(replace(finding, profile_name=pinned[0]))
    return findings


def check_rings(plan: Plan) -> list[Finding]:
    """Instances whose new ports are each other's old ones: none of them could go first."""
    waiting = {o.container_name: set(o.after) for o in plan.operations if o.has_effect}
    while free := {name for name, after in waiting.items() if not after & waiting.keys()}:
        waiting = {name: after for name, after in waiting.items() if name not in free}
    if not waiting:
        return []
    fact = f"{' and '.join(sorted(waiting))} would take each other's ports"
    step = "move to other base ports first, or stop one of them by hand"
    return [error("port-ring", "base ports", fact, step)]


def check_addresses(settings: Settings, faults: Mapping[str, str]) -> list[Finding]:
    """Host addresses that nothing could listen on; ``faults`` says why, by the address."""
    findings = []
    for address, fault in faults.items():
        is_own = address == settings.host_ip
        subject = f"host address {address}" if is_own else f"extra docker arguments: {address}"
        step = "publish on 127.0.0.1, or on an address of this machine"
        findings.append(error("host-address", subject, fault, step))
    return findings


def check_ports(
    settings: Settings, specs: Sequence[InstanceSpec], ports: PortFacts
) -> list[Finding]:
    """Host ports that somebody else holds, with the next free pair."""
    leased = {spec.identity.slot for spec in specs}
    findings: list[Finding] = []
    for spec in specs:
        for name, port in zip(_NAMES, spec.host_ports, strict=False):
            if port in ports.holders:
                fact = f"{name} port {port} is held by {holders_text(ports.holders[port])}"
                step = _way_out(settings.bases, leased, set(ports.busy))
                findings.append(_of_profile(spec, fact, step))
        for port in spec.extra.host_ports:
            if port in ports.holders and port not in spec.host_ports:
                held_by = holders_text(ports.holders[port])
                fact = f"port {port} of its extra arguments is held by {held_by}"
                step = "free it, or publish another one"
                findings.append(_of_profile(spec, fact, step))
    return findings


def _of_profile(spec: InstanceSpec, fact: str, step: str) -> Finding:
    name = spec.profile_name
    return replace(error("port", f"profile {name}", fact, step), profile_name=name)


def _way_out(bases: PortBases, leased: set[int], busy: set[int]) -> str:
    free = next_free_slot(bases, leased, busy)
    shift = free_shift(bases, leased, busy)
    found = ""
    if free is not None:
        pair = bases.pair(free)
        found = f" (the next free pair is {pair.api} and {pair.stream})"
        if pair.stream is None:
            found = f" (the next free one is {pair.api})"
    if shift is None:
        return f"free it, or use other base ports{found}"
    moved = zip(_FLAGS, bases.pair(shift).each, strict=False)
    return f"free it, or move all with {' '.join(f'{flag} {port}' for flag, port in moved)}{found}"


def check_extra_ports(specs: Sequence[InstanceSpec]) -> list[Finding]:
    """Host ports that the extra arguments fix: one port cannot serve several instances."""
    users: dict[int, int] = {}
    for spec in specs:
        for port in spec.extra.host_ports:
            users[port] = users.get(port, 0) + 1
    clashing = [port for port, number in users.items() if number > 1]
    if not clashing:
        return []
    named = ", ".join(str(port) for port in sorted(clashing))
    number = max(users[port] for port in clashing)
    several = f"all {number}" if number == len(specs) else f"{number}"
    fact = f"host port {named} would be published by {several} instances"
    step = "leave the host port out, so that the engine picks one for each"
    return [error("docker-args", "extra docker arguments", fact, step)]
