"""What `up` says to people of the findings, of its plan and of orphans, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.execute.outcome import InstanceState
from multi_instance_manager.findings import Severity
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.plan.causes import causes_text
from multi_instance_manager.plan.plan import OperationKind, kind_width
from multi_instance_manager.text.command_line import command_line
from multi_instance_manager.text.plurals import counted
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.execute.outcome import Outcome
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.plan.plan import Operation, Plan


def finding_line(finding: Finding) -> str:
    """Return a finding on one line, the severity of a problem first."""
    if finding.severity is Severity.NOTE:
        return printable(finding.sentence())
    return f"{finding.severity}: {printable(finding.sentence())}"


def refusal(findings: Sequence[Finding]) -> str:
    """Return the line that counts the problems of a launch that was refused."""
    errors = sum(1 for finding in findings if finding.severity is Severity.ERROR)
    return f"{counted(errors, 'problem')} found; nothing was touched"


def launchable_lines(profile_names: Sequence[str]) -> list[str]:
    """Return the command that would launch the profiles without a problem, if there are any."""
    if not profile_names:
        return []
    return [f"the others can be launched now: `{command_line('up', profile_names)}`"]


def plan_lines(seen: Survey) -> list[str]:
    """The plan, with one line for all instances that stay as they are."""
    kept = [o for o in seen.plan.operations if o.kind is OperationKind.KEEP]
    width = kind_width(seen.plan.operations)
    lines = [o.line(width) for o in seen.plan.operations if o.kind is not OperationKind.KEEP]
    if kept:
        lines.append(f"{OperationKind.KEEP:<{width}} {len(kept)} unchanged")
    return lines


def pending_line(plan: Plan) -> str:
    """Return the number of changes."""
    number = len(plan.pending)
    return f"{counted(number, 'change')} pending" if number else "nothing to do"


def question(seen: Survey) -> str:
    """What the person is asked before a launch."""
    pending = seen.plan.pending
    replaced = sum(1 for o in pending if o.kind is OperationKind.REPLACE)
    removed = sum(1 for o in pending if o.kind is OperationKind.REMOVE)
    parts = [
        ("launch", len(pending) - replaced - removed, "instance"),
        ("replace", replaced, "instance"),
        ("remove", removed, "container"),
    ]
    asked = [f"{verb} {counted(number, noun)}" for verb, number, noun in parts if number]
    return f"{' and '.join(asked).capitalize()}?"


def orphan_hints(plan: Plan) -> list[str]:
    """Return what to do about containers that are only in the plan."""
    if any(operation.kind is OperationKind.ORPHAN for operation in plan.operations):
        return ["(--remove-orphans removes the orphans)"]
    return []


def orphan_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the containers whose profile is gone, and what to do about them."""
    orphans = [o.operation for o in outcomes if o.state is InstanceState.ORPHAN]
    return [
        f"orphan: container {o.container_name}: {causes_text(o.causes)}; {_left_as(o)}, "
        "--remove-orphans removes it"
        for o in orphans
    ]


def _left_as(orphan: Operation) -> str:
    container = orphan.current
    if container is None or container.state is ContainerState.RUNNING:
        return "it still runs as it did"
    return f"it is {container.state}, as before"
