"""Reads the signs of many instances at once, from outside. Reads only.

One thread asks all of them, with a time limit for each sign; a late answer means unknown. No
question costs a login anything, because none makes the application use its web site. The list of
models could: while the application starts or serves, it may load its page again for that list. So
only instances that are ready and idle are asked for it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import EngineError
from multi_instance_manager.fan_out import begin
from multi_instance_manager.host.cgroup_memory import oom_kills_of
from multi_instance_manager.http.probes import Question, ask_each
from multi_instance_manager.probe.log_reading import log_story
from multi_instance_manager.vitals.api_answers import lacks_models, queue_of, uptime_of
from multi_instance_manager.vitals.log_story import LogStory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.application.process_table import Process
    from multi_instance_manager.engine.protocol.engine import ContainerStatus, Reader
    from multi_instance_manager.http.probes import Answered
    from multi_instance_manager.http.response import Answer
    from multi_instance_manager.text.secret import Secret
    from multi_instance_manager.vitals.api_answers import Queue

HEALTH_WITHIN_S = 5.0  # as long as a launch gives one answer
SIGN_WITHIN_S = 2.0
_AT_ONCE = 8
_HEALTH, _QUEUE, _UPTIME = "health", "queue", "uptime"


class AskedInstance(msgspec.Struct, frozen=True):
    """A running instance: its container, the address of its API, and its key if known.

    ``shows_processes``: this host shows its main process's start, so the instance is not asked.
    """

    container_id: str
    api_url: str
    key: Secret | None = None
    shows_processes: bool = False


class HttpSigns(msgspec.Struct, frozen=True):
    """The answers of an instance over HTTP; None means unknown."""

    health: Answer | None = None
    queue: Queue | None = None
    lacks_models: bool | None = None
    main_uptime_s: float | None = None


class InnerSigns(msgspec.Struct, frozen=True):
    """The kernel's and the engine's facts of a running container; None means unknown."""

    processes: tuple[Process, ...] | None = None
    oom_kills: int | None = None
    oom_at: float | None = None
    log: LogStory = LogStory()


def http_signs(asked: Sequence[AskedInstance], application: Application) -> Mapping[str, HttpSigns]:
    """Return the answers of each over HTTP, by container ID."""
    questions = [_questions(one, application) for one in asked]
    answers = iter(ask_each([question for own in questions for question in own.values()]))
    found = {
        one.container_id: _signs_of({name: next(answers) for name in own}, application)
        for one, own in zip(asked, questions, strict=True)
    }
    idle = [one for one in asked if _may_be_asked_more(found[one.container_id], application)]
    return found | _with_models(idle, found, application)


def inner_signs(
    reader: Reader,
    statuses: Mapping[str, ContainerStatus],
    application: Application,
    seen_here: Mapping[str, tuple[Process, ...]],
) -> Mapping[str, InnerSigns]:
    """Return the kernel's and the engine's facts of running containers, by container ID.

    ``seen_here`` are processes as this host shows them; the engine lists those of the others.
    """
    now = time.time()
    kills = {name: oom_kills_of(status.pid, name) for name, status in statuses.items()}
    killed_at = _killed_at(reader, statuses, kills)
    processes = _processes(reader, statuses, seen_here) if application.process else {}
    names = list(statuses)
    stories = begin(
        lambda name: log_story(reader, name, statuses[name], application, now=now),
        names,
        at_once=_AT_ONCE,
    )()
    return {
        name: InnerSigns(processes.get(name), kills[name], killed_at.get(name), story)
        for name, story in zip(names, stories, strict=True)
    }


def _processes(
    reader: Reader, names: Iterable[str], seen_here: Mapping[str, tuple[Process, ...]]
) -> Mapping[str, tuple[Process, ...]]:
    others = sorted(set(names) - seen_here.keys())
    told = begin(lambda name: _told_by_engine(reader, name), others, at_once=_AT_ONCE)()
    found = zip(others, told, strict=True)
    return {**seen_here, **{name: listed for name, listed in found if listed is not None}}


def _told_by_engine(reader: Reader, container_id: str) -> tuple[Process, ...] | None:
    try:
        return reader.processes(container_id)
    except EngineError:
        return None


def _questions(one: AskedInstance, application: Application) -> dict[str, Question]:
    url, queue, uptime = one.api_url, application.queue, application.uptime
    asked = {_HEALTH: Question(f"{url}{application.readiness.path}", HEALTH_WITHIN_S)}
    if queue is not None:
        asked[_QUEUE] = Question(f"{url}{queue.path}", SIGN_WITHIN_S, one.key, wants_body=True)
    if uptime is not None and not one.shows_processes:
        asked[_UPTIME] = Question(f"{url}{uptime.path}", SIGN_WITHIN_S, wants_body=True)
    return asked


def _signs_of(answered: Mapping[str, Answered], application: Application) -> HttpSigns:
    queue, uptime = answered.get(_QUEUE), answered.get(_UPTIME)
    return HttpSigns(
        health=answered[_HEALTH].answer,
        queue=queue_of(queue.body, application.queue) if queue and application.queue else None,
        main_uptime_s=uptime_of(uptime.body, application.uptime)
        if uptime and application.uptime
        else None,
    )


def _may_be_asked_more(signs: HttpSigns, application: Application) -> bool:
    if application.models is None or signs.health is None:
        return False
    is_idle = signs.queue is None or not (signs.queue.is_running or signs.queue.waiting)
    return is_idle and signs.health.status == application.readiness.status


def _with_models(
    asked: Sequence[AskedInstance], found: Mapping[str, HttpSigns], application: Application
) -> dict[str, HttpSigns]:
    path = application.models
    if path is None:
        return {}
    answered = ask_each(
        [
            Question(f"{one.api_url}{path.path}", SIGN_WITHIN_S, one.key, wants_body=True)
            for one in asked
        ]
    )
    return {
        one.container_id: msgspec.structs.replace(
            found[one.container_id], lacks_models=lacks_models(answer.body, path)
        )
        for one, answer in zip(asked, answered, strict=True)
    }


def _killed_at(
    reader: Reader, statuses: Mapping[str, ContainerStatus], kills: Mapping[str, int | None]
) -> Mapping[str, float]:
    """Return the times of the last kills that the kernel counted; asks the engine only then."""
    hit = [statuses[name].started_at for name, count in kills.items() if count]
    since = min((start for start in hit if start is not None), default=None)
    if since is None:
        return {}
    try:
        return reader.out_of_memory_moments(since)
    except EngineError:
        return {}
