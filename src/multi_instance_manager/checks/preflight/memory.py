"""The line on memory: what a launch is expected to need, and what the machine has. Pure.

It is a note if the need is at most half of what is available, a warning beyond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.findings import Finding, note, warning
from multi_instance_manager.text.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.plan.plan import Operation, Plan
    from multi_instance_manager.settings.model import Settings

GIGABYTE = 1024**3
_COMFORTABLE = 0.5


def check_memory(settings: Settings, plan: Plan, available_bytes: int | None) -> list[Finding]:
    """The need of the launch against what the machine has; nothing if no instance is added."""
    starting = [operation for operation in plan.launches if not _is_up(operation.current)]
    added = [operation for operation in starting if not _is_up(operation.old)]
    if not added:
        return []
    need = sum(_need_gb(settings, operation) for operation in added)
    fact = f"{_counts(settings, starting, added)}: {need:.1f} GB more needed"
    if available_bytes is None:
        return [warning("memory", "memory", fact)]
    available = available_bytes / GIGABYTE
    fact += f"; {available:.1f} GB available"
    if need <= available:
        said = note if need <= available * _COMFORTABLE else warning
        return [said("memory", "memory", fact)]
    step = "the kernel may kill processes; launch fewer profiles or set --memory-limit"
    return [warning("memory-short", "memory", f"NOT ENOUGH: {fact}", step)]


def _need_gb(settings: Settings, operation: Operation) -> float:
    """The limit of the instance, which it cannot exceed; without one, what is expected of each."""
    limit = settings.of(operation.profile_name).limits.memory_bytes
    return settings.memory_per_instance_gb if limit is None else limit / GIGABYTE


def _counts(settings: Settings, starting: Sequence[Operation], added: Sequence[Operation]) -> str:
    """How many start, and what each needs if all need the same."""
    said = f"{counted(len(starting), 'instance')} to start"
    needs = {_need_gb(settings, operation) for operation in added}
    limited = {settings.of(o.profile_name).limits.memory_bytes is not None for o in added}
    if len(needs) == len(limited) == 1:
        said += f", {'at most' if True in limited else 'about'} {round(needs.pop(), 2):g} GB each"
    replaced = len(starting) - len(added)
    return f"{said}, {replaced} in place of running ones" if replaced else said


def _is_up(container: ObservedContainer | None) -> bool:
    return container is not None and container.is_up
