"""The diagnosis: one verdict on an instance, with its evidence and what to do. Pure.

The rules are in order of priority: the first that applies gives the verdict. Causes come before
their effects. An instance that is signed out at its start also loops, but the sign-out says what to
do about it, not the loop.
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
"""It does not run, on purpose: nothing is wrong with it."""
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
    """Return the verdict; there always is one."""
    for rule in RULES:
        found = rule(signs, application)
        if found is not None:
            return found
    return running.ready(signs, application)


def is_well(verdict: Verdict) -> bool:
    """Whether the verdict is good, for exit codes and users alike."""
    return verdict in _WELL
