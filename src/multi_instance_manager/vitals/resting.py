"""Verdicts on instances that do not run, or that nothing is known of. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.text.plurals import counted
from multi_instance_manager.vitals.rule_finding import Diagnosis, Evidence

if TYPE_CHECKING:
    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.vitals.signs import Signs

CONTAINER = "container"
START = "`multi-instance start PROFILE` starts it"
LOGS = "`multi-instance logs PROFILE` shows what it said"
RESTART = "`multi-instance restart PROFILE` starts it anew"
UP = "`multi-instance up` launches it"
MORE_MEMORY = "give it more memory with --memory-limit, or launch fewer profiles"
_OVER = {ContainerState.EXITED, ContainerState.DEAD, ContainerState.REMOVING}


def disabled(signs: Signs, _: Application) -> Diagnosis | None:
    """Nobody wants it to run, and it does not."""
    if not signs.intent.is_disabled or _is_up(signs):
        return None
    seen = Evidence("configuration", "it says that this profile is not to run")
    advice = "take `enabled = false` out of the configuration file, then `multi-instance up`"
    return Diagnosis(Verdict.DISABLED, (seen,), (advice,))


def missing(signs: Signs, _: Application) -> Diagnosis | None:
    """It has no container."""
    if not signs.is_missing:
        return None
    if signs.intent.refusal:
        seen = Evidence("profile", signs.intent.refusal)
        return Diagnosis(Verdict.UNUSABLE, (seen,))
    return Diagnosis(Verdict.MISSING, (Evidence(CONTAINER, "there is none"),), (UP,))


def unknown(signs: Signs, _: Application) -> Diagnosis | None:
    """The engine could not report it, or reports an unknown state."""
    status = signs.status
    if status is not None and status.state is not ContainerState.UNKNOWN:
        return None
    seen = signs.fault or "the engine reports a state that is not known"
    return Diagnosis(Verdict.UNKNOWN, (Evidence(CONTAINER, seen),), ("`multi-instance doctor`",))


def quarantined(signs: Signs, _: Application) -> Diagnosis | None:
    """The manager stopped it because it kept crashing."""
    if not signs.intent.quarantine or _is_up(signs):
        return None
    seen = Evidence("earlier run", signs.intent.quarantine)
    return Diagnosis(
        Verdict.QUARANTINED, (seen,), (LOGS, "`multi-instance up --retry` tries it again")
    )


def paused(signs: Signs, _: Application) -> Diagnosis | None:
    """Someone paused its container."""
    if signs.status is None or signs.status.state is not ContainerState.PAUSED:
        return None
    seen = Evidence(CONTAINER, "is paused: it holds its ports and answers nobody")
    return Diagnosis(Verdict.PAUSED, (seen,), (START,))


def restarting(signs: Signs, _: Application) -> Diagnosis | None:
    """Its first process has ended, and the engine is about to restart it."""
    status = signs.status
    if status is None or status.state is not ContainerState.RESTARTING:
        return None
    restarts = counted(status.restart_count, "restart")
    ended = f"has ended with exit code {status.exit_code}, after {restarts}"
    seen = Evidence(CONTAINER, ended, status.finished_at)
    if status.oom_killed:
        killed = Evidence("memory", "the kernel killed it for want of memory", status.finished_at)
        return Diagnosis(Verdict.OUT_OF_MEMORY, (killed, seen), (MORE_MEMORY,))
    return Diagnosis(
        Verdict.CRASH_LOOP, (seen,), (LOGS, "`multi-instance stop PROFILE` ends the loop")
    )


def stopped(signs: Signs, _: Application) -> Diagnosis | None:
    """Its container exists and does not run.

    If its engine restarts it whenever it ends, someone told the engine to stop it.
    """
    status = signs.status
    if status is None or status.state is ContainerState.RUNNING:
        return None
    if status.state not in _OVER:
        seen = Evidence(CONTAINER, status.error or f"is {status.state}, and was not started")
        return Diagnosis(Verdict.STOPPED, (seen,), (START,))
    ended = Evidence(CONTAINER, f"ended with exit code {status.exit_code}", status.finished_at)
    if status.oom_killed:
        killed = Evidence("memory", "the kernel killed it for want of memory", status.finished_at)
        return Diagnosis(Verdict.OUT_OF_MEMORY, (killed,), (MORE_MEMORY, START))
    if status.state is ContainerState.EXITED and status.restarts_by_itself and not status.error:
        policy = Evidence(
            CONTAINER, "its engine starts it again whenever it ends, and was told to leave it"
        )
        return Diagnosis(Verdict.STOPPED_BY_HAND, (ended, policy), (START,))
    if status.error:
        ended = Evidence(CONTAINER, f"the engine could not start it: {status.error}")
    return Diagnosis(Verdict.STOPPED, (ended,), (LOGS, START))


def _is_up(signs: Signs) -> bool:
    return signs.status is not None and signs.status.state.is_up
