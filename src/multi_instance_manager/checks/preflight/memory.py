"""The visible warning: what a launch is expected to need, and what the machine has. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.findings import Finding, warning
from multi_instance_manager.text.plurals import counted

if TYPE_CHECKING:
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.plan.plan import Plan
    from multi_instance_manager.settings.model import Settings

GIGABYTE = 1024**3


def check_memory(settings: Settings, plan: Plan, available_bytes: int | None) -> list[Finding]:
    """The visible warning: what the launch is expected to need against what the machine has."""
    starting = [operation for operation in plan.launches if not _is_up(operation.current)]
    if not starting:
        return []
    replaced = sum(1 for operation in starting if _is_up(operation.old))
    if replaced == len(starting):
        return []
    need = (len(starting) - replaced) * settings.memory_per_instance_gb
    instances = counted(len(starting), "instance")
    fact = f"{instances} to start, about {settings.memory_per_instance_gb:g} GB each"
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


def _is_up(container: ObservedContainer | None) -> bool:
    return container is not None and container.is_up
