"""What `up` says to people: findings, plan, summary and failures, as plain data and lines."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from multi_instance_manager.execute.outcome import InstanceState
from multi_instance_manager.findings import Severity
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.plan.plan import OperationKind, kind_width
from multi_instance_manager.proof.proof import CheckResult
from multi_instance_manager.render.tables import NOTHING, Sheet, with_column
from multi_instance_manager.text.plurals import counted
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from multi_instance_manager.application.verdict import Verdict
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.execute.outcome import Outcome
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.plan.plan import Operation, Plan
    from multi_instance_manager.proof.proof import Check
    from multi_instance_manager.reports.proof import ProofCheck

    ToldCheck = Check | ProofCheck


def finding_line(finding: Finding) -> str:
    """One finding on one line, its severity first."""
    return f"{finding.severity}: {printable(finding.sentence())}"


def refusal(findings: Sequence[Finding]) -> str:
    """The last line of a report that stops a launch."""
    errors = sum(1 for finding in findings if finding.severity is Severity.ERROR)
    return f"{counted(errors, 'problem')} found; nothing was touched"


def plan_lines(seen: Survey) -> list[str]:
    """The plan, with one line for all instances that stay as they are."""
    kept = [o for o in seen.plan.operations if o.kind is OperationKind.KEEP]
    width = kind_width(seen.plan.operations)
    lines = [o.line(width) for o in seen.plan.operations if o.kind is not OperationKind.KEEP]
    if kept:
        lines.append(f"{OperationKind.KEEP:<{width}} {len(kept)} unchanged")
    return lines


def pending_line(plan: Plan) -> str:
    """How much there is to do."""
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
    """What to do about containers that only the plan names."""
    if any(operation.kind is OperationKind.ORPHAN for operation in plan.operations):
        return ["(--remove-orphans removes the orphans)"]
    return []


def summary(outcomes: Sequence[Outcome]) -> Sheet:
    """One row for each instance."""
    sheet = Sheet(
        ("PROFILE", "CONTAINER", "API URL", "STREAM PORT", "STATE", "PROOF"),
        tuple(_summary_row(outcome) for outcome in outcomes),
    )
    saves = [str(o.last_save) if o.last_save else NOTHING for o in outcomes]
    return with_column(sheet, "LAST SAVE", saves)


def _summary_row(outcome: Outcome) -> tuple[str, ...]:
    operation, spec = outcome.operation, outcome.operation.spec
    return (
        operation.profile_name,
        operation.container_name,
        spec.api_url if spec else "-",
        str(spec.identity.stream_port or "-") if spec else "-",
        state_words(outcome.state.value, outcome.verdict),
        proof_word(outcome),
    )


def state_words(state: str, verdict: Verdict | None) -> str:
    """The state; where an instance failed and its condition is known, with the word for it."""
    is_told = state == InstanceState.FAILED and verdict is not None
    return f"{state}: {verdict}" if is_told else state


def proof_word(outcome: Outcome) -> str:
    """The proof of an instance in a word or two."""
    proof = outcome.proof
    if proof is None and outcome.proven_at is not None:
        moment = datetime.fromtimestamp(outcome.proven_at).astimezone()
        today = moment.date() == datetime.now().astimezone().date()
        return f"proven {moment:%H:%M}" if today else f"proven {moment:%Y-%m-%d}"
    if proof is None:
        return "-"
    names = [check.name for check in proof.failures or proof.not_shown]
    return proof_in_words(proof.result, names)


def proof_in_words(result: str, names: Sequence[str]) -> str:
    """A proof in a word or two; ``names`` are the checks with that result."""
    if result == CheckResult.PASSED:
        return "proven"
    word = "FAILED" if result == CheckResult.FAILED else "not shown"
    return f"{word}: {', '.join(names)}"


def proof_sheet(outcomes: Sequence[Outcome]) -> Sheet | None:
    """What was seen of each instance that was proven in this run."""
    proofs = [(o.operation.profile_name, o.proof) for o in outcomes if o.proof]
    if not proofs:
        return None
    seen = [(name, [(c.name, c.seen) for c in proof.checks]) for name, proof in proofs]
    return sheet_of_proofs(seen)


def what_is_only_told(proofs: Iterable[tuple[str, Iterable[ToldCheck]]]) -> list[str]:
    """One line for all instances of which a check that is not required showed the same."""
    profiles: dict[tuple[str, str], list[str]] = {}
    for profile_name, checks in proofs:
        for check in checks:
            if not check.required and check.result != CheckResult.PASSED:
                profiles.setdefault((check.name, check.seen), []).append(profile_name)
    return [
        f"note: {name} port of {_first_of(names)}: {seen}; --require-{name} makes that a failure"
        for (name, seen), names in profiles.items()
    ]


def _first_of(names: Sequence[str]) -> str:
    first = f"profile {printable(names[0])}"
    return first if len(names) == 1 else f"{first} and {len(names) - 1} more"


def notes_of_proofs(outcomes: Iterable[Outcome]) -> list[str]:
    """What the proofs of this run have seen, and what fails nothing."""
    proofs = ((o.operation.profile_name, o.proof.checks) for o in outcomes if o.proof)
    return what_is_only_told(proofs)


def sheet_of_proofs(seen: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> Sheet:
    """A column for each check, a row for each profile: what was seen, by the check's name."""
    names = list(dict.fromkeys(name for _, checks in seen for name, _ in checks))
    rows = []
    for profile_name, checks in seen:
        words = dict(checks)
        rows.append((profile_name, *(words.get(name, "-") for name in names)))
    return Sheet(("PROFILE", *(name.upper() for name in names)), tuple(rows))


def failure_lines(outcome: Outcome) -> list[str]:
    """What went wrong with one instance, with its last log lines."""
    if not outcome.problem:
        return []
    lines = [f"{outcome.state}: profile {outcome.operation.profile_name}: {outcome.problem}"]
    if outcome.log_tail:
        lines.append("  its last log lines:")
        lines += [f"  | {printable(line)}" for line in outcome.log_tail]
    if outcome.log_file:
        lines.append(f"  kept in {outcome.log_file}")
    return lines


def orphan_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """The containers whose profile is gone, and what to do about them."""
    orphans = [o.operation for o in outcomes if o.state is InstanceState.ORPHAN]
    return [
        f"orphan: container {o.container_name}: {', '.join(o.causes)}; {_left_as(o)}, "
        "--remove-orphans removes it"
        for o in orphans
    ]


def _left_as(orphan: Operation) -> str:
    container = orphan.current
    if container is None or container.state is ContainerState.RUNNING:
        return "it still runs as it did"
    return f"it is {container.state}, as before"
