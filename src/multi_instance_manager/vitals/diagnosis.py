"""One verdict on an instance, with its evidence and what to do: the one notion of health. Pure.

The rules are in the order of their weight: the first that applies gives the verdict. What says why
stands before what merely follows from it: one that is signed out at its start ends again and again,
and what is to be done about it is said by the sign-out, not by the loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.vitals import loops, resting, running, trial
from multi_instance_manager.vitals.rule_finding import Diagnosis, Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.vitals.signs import Signs

    Rule = Callable[[Signs, Application], Diagnosis | None]

__all__ = ["AT_REST_ON_PURPOSE", "RULES", "Diagnosis", "Evidence", "diagnose", "is_well"]

AT_REST_ON_PURPOSE = frozenset({Verdict.DISABLED, Verdict.STOPPED_BY_HAND})
"""It does not run because a person wants it so: nothing is wrong with it."""
_WELL = AT_REST_ON_PURPOSE | {Verdict.READY, Verdict.BUSY, Verdict.NOT_ASKED}

RULES: tuple[Rule, ...] = (
    resting.disabled,
    resting.missing,
    resting.unknown,
    resting.quarantined,
    resting.paused,
    resting.restarting,
    resting.stopped,
    running.signed_out_by_its_log,
    running.challenged,
    running.login_gone,
    loops.crash_loop,
    running.out_of_memory,
    running.told_by_its_log,
    running.unpublished,
    running.not_asked,
    running.starting,
    running.process_missing,
    running.stalled_queue,
    running.not_ready,
    running.without_models,
    trial.question_unanswered,
    running.busy,
)


def diagnose(signs: Signs, application: Application) -> Diagnosis:
    """The verdict: there always is one."""
    for rule in RULES:
        found = rule(signs, application)
        if found is not None:
            return found
    return running.ready(signs, application)


def is_well(verdict: Verdict) -> bool:
    """Whether an instance of that verdict is as it should be, for exit codes as for people."""
    return verdict in _WELL
