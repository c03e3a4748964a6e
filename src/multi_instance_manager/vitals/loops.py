"""Verdicts on crash loops, and on kills by the kernel. Pure.

If the kernel's kills cause a loop, the verdict is out of memory, and the loop is its evidence.
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
"""How long an instance may take from its main process's start until it reports ready."""
LOOP_ROUNDS = 3
_ENGINE_LOOP_RESTARTS = 3
# Number of kills without a known time that count as part of the rounds.
_KILLS_OF_A_LOOP = LOOP_ROUNDS - 1


def crash_loop(signs: Signs, _: Application) -> Diagnosis | None:
    """Its main process restarts again and again: inside the container, or with it."""
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
    """The kernel's kills since the container's start, or nothing."""
    if not signs.oom_kills:
        return ()
    times = "once" if signs.oom_kills == 1 else f"{signs.oom_kills} times"
    seen = f"the kernel has killed a process of it for want of memory {times} since its start"
    return (Evidence("memory", seen, signs.oom_at),)


def rounds_text(rounds: tuple[float, ...]) -> str:
    """Return how often it started, and over what time."""
    over = span_text(rounds[-1] - rounds[0])
    return f"its main process began {len(rounds)} times within {over} and never stayed ready"


def ending(signs: Signs, separator: str = ", the last time with ") -> str:
    """Return how it last ended: the supervisor's word, or nothing."""
    return f"{separator}{signs.log.ended_as}" if signs.log.ended_as else ""


def _is_by_kills(signs: Signs, first_at: float) -> bool:
    if not signs.oom_kills:
        return False
    if signs.oom_at is None:
        return signs.oom_kills >= _KILLS_OF_A_LOOP
    return signs.oom_at >= first_at


def _cause(signs: Signs) -> tuple[Evidence, ...]:
    """Return the log line with the cause, if there is one."""
    telling = signs.log.telling
    if telling is None or telling.meaning not in _CAUSES:
        return ()
    return (Evidence("log", telling.line, telling.at, is_foreign=True),)


_CAUSES = {Meaning.CRASH_LOOP, Meaning.OUT_OF_MEMORY, Meaning.BROWSER_GONE}


def _loop_inside(signs: Signs) -> tuple[float, float, Evidence] | None:
    """Return when its last and its first round began, with the evidence."""
    rounds = signs.log.rounds
    if len(rounds) < LOOP_ROUNDS:
        return None
    seen = Evidence("log", f"{rounds_text(rounds)}{ending(signs)}", rounds[-1])
    return rounds[-1], rounds[0], seen


def _loop_of_engine(signs: Signs) -> tuple[float, float, Evidence] | None:
    """The engine has restarted the container this often, without a good run in between."""
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
