"""Verdicts on running instances: by log, login, processes, memory and answers. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.application.process_table import main_process_of, missing_processes
from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.sessions.login_state import LoginState
from multi_instance_manager.text.amounts import span_text
from multi_instance_manager.text.plurals import counted
from multi_instance_manager.vitals.advice import ADVICE, advised
from multi_instance_manager.vitals.loops import GRACE_S, ending, kills, rounds_text
from multi_instance_manager.vitals.resting import LOGS, MORE_MEMORY, RESTART
from multi_instance_manager.vitals.rule_finding import Diagnosis, Evidence
from multi_instance_manager.vitals.trial import refutes, trial_evidence

if TYPE_CHECKING:
    from multi_instance_manager.application.definition import Application, ProcessSign
    from multi_instance_manager.application.process_table import Process
    from multi_instance_manager.vitals.signs import Signs

LONGEST_WAIT_S = 120.0
# The longest time from a container's start to that of its main process.
_TOGETHER_S = 30.0

LOGIN = "login"
_WAIT = "wait until it is ready, or look at `multi-instance logs PROFILE`"


def signed_out_by_its_log(signs: Signs, application: Application) -> Diagnosis | None:
    """Its log says that the site asks for a login."""
    return _told(signs, application, {Verdict.SIGNED_OUT})


def challenged(signs: Signs, application: Application) -> Diagnosis | None:
    """Its log says that the site shows another page."""
    return _told(signs, application, {Verdict.CHALLENGED})


def told_by_its_log(signs: Signs, application: Application) -> Diagnosis | None:
    """Its log reports another problem, and has not cleared it."""
    return _told(signs, application, set(ADVICE))


def login_gone(signs: Signs, application: Application) -> Diagnosis | None:
    """Its own copy holds no login any more."""
    login = signs.login
    if application.login is None or login.state not in {LoginState.GONE, LoginState.EXPIRED}:
        return None
    seen = {
        LoginState.GONE: Evidence(LOGIN, "its login cookies are gone", login.written_at),
        LoginState.EXPIRED: Evidence(LOGIN, "its login has expired", login.ends_at),
    }[login.state]
    return advised(Verdict.SIGNED_OUT, seen)


def out_of_memory(signs: Signs, application: Application) -> Diagnosis | None:
    """The kernel killed a part of it, which has not restarted since."""
    if not signs.oom_kills:
        return None
    anew = _began_anew_at(signs, application)
    if anew is not None and (signs.oom_at is None or signs.oom_at < anew):
        return None
    return advised(Verdict.OUT_OF_MEMORY, *kills(signs))


def unpublished(signs: Signs, application: Application) -> Diagnosis | None:
    """The engine forwards no port of this machine to it, so no one can reach it."""
    status = signs.status
    if status is None or not status.publishes_nothing or _is_ready(signs, application):
        return None
    on = f"on the network {', '.join(status.networks)}" if status.networks else "on no network"
    seen = Evidence("container", f"no port of this machine leads to it: it is {on}")
    return Diagnosis(Verdict.NOT_READY, (seen,), ("`multi-instance up` replaces it",))


def not_asked(signs: Signs, _: Application) -> Diagnosis | None:
    """It runs where it cannot be asked from here."""
    if signs.is_in_reach:
        return None
    return Diagnosis(
        Verdict.NOT_ASKED, (Evidence("container", "runs on another machine, not asked from here"),)
    )


def starting(signs: Signs, application: Application) -> Diagnosis | None:
    """It does not report ready yet, and still has time."""
    if _is_ready(signs, application):
        return None
    began, since = _main_began_at(signs, application), "its main process began"
    if began is None:
        began, since = (signs.status.started_at if signs.status else None), "it was started"
    if began is None or signs.now - began >= GRACE_S:
        return None
    age = Evidence("uptime", f"{since} {span_text(signs.now - began)} ago", began)
    return Diagnosis(Verdict.STARTING, (*_health(signs, application), age, *kills(signs)), (_WAIT,))


def process_missing(signs: Signs, application: Application) -> Diagnosis | None:
    """It reports ready, but a process that it needs does not run."""
    gone = _missing(signs, application)
    if not gone or not _is_ready(signs, application):
        return None
    return advised(Verdict(gone[0].verdict), *map(_absence, gone))


def stalled_queue(signs: Signs, _: Application) -> Diagnosis | None:
    """Requests wait, and none ends."""
    queue = signs.queue
    if queue is None or queue.oldest_wait_s < LONGEST_WAIT_S:
        return None
    seen = f"{_waiting(queue.waiting)}, the first for {span_text(queue.oldest_wait_s)}"
    return advised(Verdict.STALLED, Evidence("queue", seen, signs.now - queue.oldest_wait_s))


def not_ready(signs: Signs, application: Application) -> Diagnosis | None:
    """Its time to start is over, and it does not report ready."""
    if _is_ready(signs, application):
        return None
    absent = map(_absence, _missing(signs, application))
    no_main = _no_main(signs, application)
    killed = kills(signs)
    seen = (*_health(signs, application), *killed, *no_main, *absent, *_ended(signs))
    advice = (MORE_MEMORY, LOGS) if killed else (LOGS, RESTART)
    return Diagnosis(Verdict.NOT_READY, seen, advice)


def without_models(signs: Signs, application: Application) -> Diagnosis | None:
    """It serves, but has no list of models: the page did not give it one."""
    if not signs.lacks_models or application.models is None:
        return None
    seen = f"{application.models.path} has only the entry that stands for having no list"
    return Diagnosis(
        Verdict.NOT_READY,
        (Evidence("models", seen),),
        (RESTART, "look whether its login still works in a browser"),
    )


def busy(signs: Signs, _: Application) -> Diagnosis | None:
    """It serves a request, and others may wait for a while."""
    queue = signs.queue
    if queue is None or not (queue.is_running or queue.waiting):
        return None
    if signs.trial is not None and signs.trial.is_answered and not queue.waiting:
        return None  # it cleans up after the question that it has just answered
    seen = "a request is under way" if queue.is_running else "no request is under way"
    if queue.waiting:
        seen += f", {_waiting(queue.waiting)} for {span_text(queue.oldest_wait_s)} at most"
    return Diagnosis(Verdict.BUSY, (Evidence("queue", seen),))


def ready(signs: Signs, application: Application) -> Diagnosis:
    """Nothing contradicts it."""
    anew = _began_anew_at(signs, application)
    if anew is None:
        return Diagnosis(Verdict.READY, (*_health(signs, application), *trial_evidence(signs)))
    text = f"its main process began anew {span_text(signs.now - anew)} ago{ending(signs)}"
    began = (Evidence("uptime", text, anew), *kills(signs))
    return Diagnosis(Verdict.READY, (*_health(signs, application), *trial_evidence(signs), *began))


def _told(signs: Signs, _: Application, verdicts: set[Verdict]) -> Diagnosis | None:
    telling = signs.log.telling
    if telling is None or telling.meaning.verdict not in verdicts:
        return None
    if refutes(signs.trial, telling.at):
        return None
    seen = [Evidence("log", telling.line, telling.at, is_foreign=True), *trial_evidence(signs)]
    if len(signs.log.rounds) > 1:
        seen.append(Evidence("log", rounds_text(signs.log.rounds), signs.log.rounds[-1]))
    found = advised(telling.meaning.verdict, *seen)
    is_loop = found.verdict is Verdict.CRASH_LOOP
    return replace(found, round_began_at=telling.at) if is_loop else found


def _is_ready(signs: Signs, application: Application) -> bool:
    return signs.health is not None and signs.health.status == application.readiness.status


def _main_began_at(signs: Signs, application: Application) -> float | None:
    """Return the main process's start from processes, its own word or its log; else None."""
    main = _main_process(signs, application)
    if main is not None and main.started_at is not None:
        return main.started_at
    if signs.main_uptime_s is not None:
        return signs.now - signs.main_uptime_s
    return signs.log.began_at


def _began_anew_at(signs: Signs, application: Application) -> float | None:
    """Return the main process's start, if that was clearly later than its container's."""
    began = _main_began_at(signs, application)
    started = signs.status.started_at if signs.status else None
    if began is None or started is None or began <= started + _TOGETHER_S:
        return None
    return began


def _main_process(signs: Signs, application: Application) -> Process | None:
    sign = application.main_process
    return main_process_of(signs.processes, sign) if signs.processes and sign else None


def _health(signs: Signs, application: Application) -> tuple[Evidence, ...]:
    path = application.readiness.path
    said = signs.health.said if signs.health else "was not asked"
    return (Evidence("health", f"{path} {said}"),)


def _missing(signs: Signs, application: Application) -> tuple[ProcessSign, ...]:
    """Return the required processes that it lacks, by priority.

    Between two runs it lacks all of them, which has no meaning.
    """
    if signs.processes is None:
        return ()
    if application.main_process and _main_process(signs, application) is None:
        return ()
    return missing_processes(signs.processes, application)


def _absence(sign: ProcessSign) -> Evidence:
    return Evidence("processes", f"{sign.name} does not run")


def _no_main(signs: Signs, application: Application) -> tuple[Evidence, ...]:
    if signs.processes is None or application.main_process is None:
        return ()
    if _main_process(signs, application) is not None:
        return ()
    return (Evidence("processes", "its main process does not run"),)


def _ended(signs: Signs) -> tuple[Evidence, ...]:
    if signs.log.ended_at is None:
        return ()
    return (Evidence("log", f"its main process ended{ending(signs, ': ')}", signs.log.ended_at),)


def _waiting(count: int) -> str:
    return counted(count, "request waits", "requests wait")
