"""What a report says to run next, and what it calls changed."""

from __future__ import annotations

import pytest

from multi_instance_manager.errors import ExitCode
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.plan.plan import Operation, OperationKind, Plan
from multi_instance_manager.render.instances import closing_text, remarks_on
from multi_instance_manager.reports.next_step import next_step
from multi_instance_manager.reports.up import closing_line, up_report
from multi_instance_manager.text.command_line import command_line

STATE = InstanceState
KIND = OperationKind


def outcome(state: InstanceState, kind: OperationKind = KIND.CREATE, **more: object) -> Outcome:
    operation = Operation(kind, "user a", "ai-proxy-user-a", ())
    return Outcome(operation, state, **{"problem": "was not ready", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "kind", "step"),
    [
        (STATE.FAILED, KIND.CREATE, "`multi-instance explain 'user a'` says why"),
        (STATE.ROLLED_BACK, KIND.REPLACE, "`multi-instance explain 'user a'` says why"),
        (STATE.QUARANTINED, KIND.RESTART, "`multi-instance explain 'user a'` says why"),
        (STATE.ROLLBACK_FAILED, KIND.REPLACE, "`multi-instance up 'user a'` tries again"),
        (STATE.HELD_BACK, KIND.RESTART, "`multi-instance restart 'user a'` tries again"),
        (STATE.HELD_BACK, KIND.CREATE, "`multi-instance up 'user a'` tries again"),
        (STATE.NOT_BEGUN, KIND.STOP, "`multi-instance stop 'user a'` tries again"),
        (STATE.FAILED, KIND.REMOVE, "`multi-instance up` tries again"),
        (STATE.NOT_SAVED, KIND.STOP, "`multi-instance sync 'user a'` saves it"),
    ],
)
def test_a_failed_instance_has_one_command_to_run(
    state: InstanceState, kind: OperationKind, step: str
) -> None:
    assert next_step(outcome(state, kind)) == step


def test_an_instance_without_a_problem_or_with_a_step_in_it_gets_none() -> None:
    assert next_step(outcome(STATE.READY, problem=None)) is None
    assert next_step(outcome(STATE.FAILED, names_next_step=True)) is None


def test_the_message_ends_with_the_command() -> None:
    report = up_report(
        None, result="failed", exit_code=ExitCode.OK, outcomes=[outcome(STATE.FAILED)]
    )
    assert list(remarks_on(report.instances[0])) == [
        "failed: profile user a: was not ready; `multi-instance explain 'user a'` says why"
    ]


@pytest.mark.parametrize(
    ("states", "line"),
    [
        ([STATE.READY, STATE.FAILED], "1 ready, 1 failed (1 changed)"),
        ([STATE.FAILED], "1 failed"),
        ([STATE.HELD_BACK], "1 held back (nothing changed)"),
    ],
)
def test_what_failed_is_not_called_changed(states: list[InstanceState], line: str) -> None:
    outcomes = [outcome(state) for state in states]
    assert closing_line(Plan(tuple(o.operation for o in outcomes)), outcomes) == line


def test_the_closing_line_has_the_duration() -> None:
    assert closing_text("2 ready", 74.6) == "2 ready in 1m 15s"
    assert closing_text("2 ready", 0.2) == "2 ready in 1s"
    assert closing_text("nothing to do", None) == "nothing to do"


def test_a_name_that_looks_like_an_option_is_none() -> None:
    assert command_line("stop", ["-a", "b"]) == "multi-instance stop -- -a b"
