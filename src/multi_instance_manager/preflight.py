"""The checks before a launch: wanted specs and gathered facts in, findings out. Pure.

Every problem of every instance is found, so that one report names them all.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from multi_instance_manager import contract
from multi_instance_manager.findings import Finding, error, warning
from multi_instance_manager.ports import HIGHEST_PORT, PortBases, free_shift, next_free_slot
from multi_instance_manager.settings.options import DEFAULT_API_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.docker_args import ExtraArgs
    from multi_instance_manager.host_facts import HostFacts
    from multi_instance_manager.observed import Fleet
    from multi_instance_manager.plan import Plan
    from multi_instance_manager.settings import Settings
    from multi_instance_manager.spec import InstanceSpec

GIGABYTE = 1024**3
_SPARE_DISK_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class PortFacts:
    """Busy host ports: ``holders`` of the planned ones, in words; ``busy`` all that are known."""

    holders: Mapping[int, str] = field(default_factory=dict)
    busy: frozenset[int] = frozenset()


def check_host(settings: Settings, facts: HostFacts) -> list[Finding]:
    """What is wrong with the paths on this host."""
    if facts.root_fault:
        return [
            error(
                "project-root",
                f"project root {settings.project_root}",
                facts.root_fault,
                "name the application's repository with --project-root",
            )
        ]
    findings: list[Finding] = []
    if facts.tree_fault:
        findings.append(
            error("tree", f"{facts.host.tree}", facts.tree_fault, "mend it or its permissions")
        )
    if facts.tree_is_closed:
        findings.append(
            warning(
                "tree-closed",
                f"{facts.host.tree}",
                "is closed to other users: an image that does not run as root cannot enter it",
                "open it with `chmod o+x`, and close the folder above it instead",
            )
        )
    if facts.env_file_fault:
        findings.append(
            error(
                "docker-env",
                f"environment file {settings.docker_env_file}",
                facts.env_file_fault,
                "create it, name another with --docker-env-file, or pass --no-docker-env",
            )
        )
    return findings


def check_state_folder(settings: Settings, facts: HostFacts, needed_bytes: int) -> list[Finding]:
    """Whether the private files of this launch find a place. ``needed_bytes`` without spare."""
    subject = f"state folder {settings.state_dir}"
    step = "free space there, or name another with RUNTIME_STATE_DIR or --state-dir"
    if facts.state_fault:
        return [error("state-folder", subject, facts.state_fault, step)]
    free = facts.free_disk_bytes
    if free is not None and free < needed_bytes + _SPARE_DISK_BYTES:
        fact = f"its disk is full: {free // 1024} kB are free"
        return [error("disk-full", subject, fact, step)]
    return []


def check_exposure(settings: Settings, host: contract.Host) -> list[Finding]:
    """Only ``/v1`` asks for the key: everything else is open to whoever reaches the port."""
    if _is_loopback(settings.host_ip):
        return []
    subject = f"host address {settings.host_ip}"
    if contract.effective_key(settings, host).reveal() == DEFAULT_API_KEY:
        return [
            error(
                "exposed",
                subject,
                "would publish the instances to other machines with the default API key",
                "set --api-key, or publish on 127.0.0.1",
            )
        ]
    return [
        warning(
            "exposed",
            subject,
            "other machines can reach the instances, and only /v1 asks for the key: "
            "health, key management and restart are open to them",
            "put a proxy in front, or publish on 127.0.0.1",
        )
    ]


def check_key(settings: Settings, host: contract.Host) -> list[Finding]:
    """Which key is in force, where that may surprise."""
    if contract.host_key_rules(settings, host):
        number = len(host.host_keys)
        keys = "a key" if number == 1 else f"{number} keys"
        fact = f"{host.tree}/key.txt holds {keys} and none was asked for, so the file rules"
        return [warning("host-key", "API key", fact, "pass --api-key for another")]
    if settings.api_key.reveal() == DEFAULT_API_KEY:
        return [
            warning(
                "default-key",
                "API key",
                "is the default, which everybody knows",
                "set one with --api-key or API_KEY",
            )
        ]
    return []


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"


def check_ranges(settings: Settings, specs: Sequence[InstanceSpec]) -> list[Finding]:
    """Port ranges that pass the last port, or run into each other."""
    bases = settings.bases
    slots = [spec.identity.slot for spec in specs]
    last = max(slots, default=0)
    findings: list[Finding] = []
    for name, flag, base in (
        ("API", "--base-api-port", bases.api),
        ("stream", "--base-stream-port", bases.stream),
    ):
        if base + last > HIGHEST_PORT:
            fact = f"{len(slots)} instances need ports {base} to {base + last}, past {HIGHEST_PORT}"
            findings.append(error("range", f"{name} ports", fact, f"lower {flag}"))
    shared = {spec.host_ports[0] for spec in specs} & {spec.host_ports[1] for spec in specs}
    if shared:
        fact = (
            f"the ranges {bases.api} to {bases.api + last} and {bases.stream} to "
            f"{bases.stream + last} overlap"
        )
        step = "move --base-api-port and --base-stream-port apart"
        findings.append(error("range", "API and stream ports", fact, step))
    return findings


def check_names(specs: Sequence[InstanceSpec], fleet: Fleet) -> list[Finding]:
    """Container names that two profiles share, or that somebody else's container has."""
    findings: list[Finding] = []
    profiles_of: dict[str, list[str]] = defaultdict(list)
    for spec in specs:
        profiles_of[spec.container_name].append(spec.profile_name)
    for name, profiles in profiles_of.items():
        if len(profiles) > 1:
            fact = f"profiles {' and '.join(profiles)} would share this name"
            findings.append(error("name", f"container {name}", fact, "rename one of them"))
    foreign = {container.name: container for container in fleet.foreign}
    for name in profiles_of.keys() & foreign.keys():
        labels = foreign[name].ours
        identity = labels.identity if labels else None
        fact = (
            f"belongs to the pool of {identity.root}"
            if identity
            else f"exists already, of image {foreign[name].image_name}, and is not this manager's"
        )
        step = "remove or rename it, or use another --container-prefix"
        findings.append(error("foreign", f"container {name}", fact, step))
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


def check_ports(
    settings: Settings, specs: Sequence[InstanceSpec], ports: PortFacts
) -> list[Finding]:
    """Host ports that somebody else holds, with the next free pair."""
    bases = settings.bases
    leased = {spec.identity.slot for spec in specs}
    findings: list[Finding] = []
    for spec in specs:
        for name, port in zip(("API", "stream"), spec.host_ports, strict=True):
            if port in ports.holders:
                fact = f"{name} port {port} is held by {ports.holders[port]}"
                findings.append(error("port", f"profile {spec.profile_name}", fact, ""))
    if not findings:
        return []
    step = _way_out(bases, leased, set(ports.busy))
    return [error(f.code, f.subject, f.fact, step) for f in findings]


def _way_out(bases: PortBases, leased: set[int], busy: set[int]) -> str:
    free = next_free_slot(bases, leased, busy)
    shift = free_shift(bases, leased, busy)
    found = ""
    if free is not None:
        pair = bases.pair(free)
        found = f" (the next free pair is {pair.api} and {pair.stream})"
    if shift is None:
        return f"free it, or use other base ports{found}"
    moved = bases.pair(shift)
    return (
        f"free it, or move all with --base-api-port {moved.api} "
        f"--base-stream-port {moved.stream}{found}"
    )


def check_extra_ports(specs: Sequence[InstanceSpec]) -> list[Finding]:
    """Host ports that the extra arguments fix: one port cannot serve several instances."""
    if len(specs) < 2 or not specs[0].extra.host_ports:  # noqa: PLR2004  # two instances clash
        return []
    named = ", ".join(str(port) for port in specs[0].extra.host_ports)
    fact = f"host port {named} would be published by all {len(specs)} instances"
    step = "leave the host port out, so that the engine picks one for each"
    return [error("docker-args", "extra docker arguments", fact, step)]


def check_engine(extra: ExtraArgs, api_version: str) -> list[Finding]:
    """Extra arguments that this engine would ignore without a word."""
    spoken = _version(api_version)
    return [
        error(
            "docker-args",
            f"extra docker argument {flag}",
            f"needs engine API {needed}; this engine speaks {api_version}",
            "leave it out, or use a newer engine",
        )
        for flag, needed in extra.needed_api
        if spoken < _version(needed)
    ]


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def check_memory(settings: Settings, plan: Plan, available_bytes: int | None) -> list[Finding]:
    """The visible warning: what the launch is expected to need against what the machine has."""
    starting = [operation for operation in plan.launches if not _is_up(operation.current)]
    if not starting:
        return []
    replaced = sum(1 for operation in starting if _is_up(operation.old))
    need = (len(starting) - replaced) * settings.memory_per_instance_gb
    fact = f"{_count(len(starting))} to start, about {settings.memory_per_instance_gb:g} GB each"
    if replaced:
        fact += f", {replaced} in place of running ones"
    fact += f": {need:.1f} GB more needed"
    if available_bytes is None:
        return [warning("memory", "memory", fact)]
    available = available_bytes / GIGABYTE
    fact += f"; {available:.1f} GB available"
    if need <= available:
        return [warning("memory", "memory", fact)]
    step = "the kernel may kill processes; launch fewer profiles or set --memory-limit"
    return [warning("memory-short", "memory", f"NOT ENOUGH: {fact}", step)]


def _count(number: int) -> str:
    return "1 instance" if number == 1 else f"{number} instances"


def _is_up(container: object) -> bool:
    return bool(getattr(container, "is_up", False))
