"""Verdicts on what begins again and again, and on what the kernel killed. Pure.

A loop that the kernel's kills keep going is one for want of memory: that is the verdict then, and
the loop its evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.application.verdict import Meaning, Verdict
from multi_instance_manager.text.amounts import span_text
from multi_instance_manager.vitals.advice import ADVICE, END_THE_LOOP
from multi_instance_manager.vitals.rule_finding import Diagnosis, Evidence

if TYPE_CHECKING:
    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.vitals.signs import Signs

GRACE_S = 60.0
"""From the main process's start on, so long it may take until it says that it serves."""
LOOP_ROUNDS = 3
_ENGINE_LOOP_RESTARTS = 3
# Of kills whose moment is not known: so many belong to the rounds, and not to something before.
_KILLS_OF_A_LOOP = LOOP_ROUNDS - 1


def crash_loop(signs: Signs, _: Application) -> Diagnosis | None:
    """Its main process begins again and again: inside the container, or with it."""
    loop = _loop_inside(signs) or _loop_of_engine(signs)
    if loop is None:
        return None
    began_at, first_at, seen = loop
    evidence = (*kills(signs), *_cause(signs), seen)
    verdict = Verdict.CRASH_LOOP
    advice = ADVICE[verdict]
    if _is_by_kills(signs, first_at):
        verdict = Verdict.OUT_OF_MEMORY
        advice = (ADVICE[verdict][0], END_THE_LOOP)
    return Diagnosis(verdict, evidence, advice, round_began_at=began_at)


def kills(signs: Signs) -> tuple[Evidence, ...]:
    """What the kernel has killed of it since its container's start, or nothing."""
    if not signs.oom_kills:
        return ()
    times = "once" if signs.oom_kills == 1 else f"{signs.oom_kills} times"
    seen = f"the kernel has killed a process of it for want of memory {times} since its start"
    return (Evidence("memory", seen, signs.oom_at),)


def rounds_text(rounds: tuple[float, ...]) -> str:
    """How often it began, and over what time."""
    over = span_text(rounds[-1] - rounds[0])
    return f"its main process began {len(rounds)} times within {over} and never stayed ready"


def ending(signs: Signs, separator: str = ", the last time with ") -> str:
    """How it last ended: the supervisor's word, or nothing."""
    return f"{separator}{signs.log.ended_as}" if signs.log.ended_as else ""


def _is_by_kills(signs: Signs, first_at: float) -> bool:
    if not signs.oom_kills:
        return False
    if signs.oom_at is None:
        return signs.oom_kills >= _KILLS_OF_A_LOOP
    return signs.oom_at >= first_at


def _cause(signs: Signs) -> tuple[Evidence, ...]:
    """The line that says why it does not come up, where there is one."""
    telling = signs.log.telling
    if telling is None or telling.meaning not in _CAUSES:
        return ()
    return (Evidence("log", telling.line, telling.at, is_foreign=True),)


_CAUSES = {Meaning.CRASH_LOOP, Meaning.OUT_OF_MEMORY, Meaning.BROWSER_GONE}


def _loop_inside(signs: Signs) -> tuple[float, float, Evidence] | None:
    """When its last and its first round began, and what was seen of them."""
    rounds = signs.log.rounds
    if len(rounds) < LOOP_ROUNDS:
        return None
    seen = Evidence("log", f"{rounds_text(rounds)}{ending(signs)}", rounds[-1])
    return rounds[-1], rounds[0], seen


def _loop_of_engine(signs: Signs) -> tuple[float, float, Evidence] | None:
    """The engine has restarted the container so often, and it was not well in between."""
    status = signs.status
    if status is None or status.restart_count < _ENGINE_LOOP_RESTARTS:
        return None
    started = status.started_at
    well = signs.log.well_until
    if started is None or signs.now - started >= GRACE_S:
        return None
    if well is not None and well >= started - GRACE_S:
        return None
    seen = f"its engine has restarted it {status.restart_count} times"
    return started, started, Evidence("container", seen, started)
