"""Reads the logs of instances, merged by time; follows them for as long as anybody listens."""

from __future__ import annotations

import heapq
import time
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.commands.stream.engine_absence import EngineAbsence
from multi_instance_manager.commands.stream.log_tail import HOLD_S, Tail, TailPhase
from multi_instance_manager.commands.stream.notice import Notice
from multi_instance_manager.commands.stream.watched_instances import watched
from multi_instance_manager.errors import CannotBeRead, EngineError, EngineUnreachable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from multi_instance_manager.commands.stream.watched_instances import Instance, WatchedInstances
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.engine.protocol.engine import Reader
    from multi_instance_manager.engine.protocol.watcher import (
        EngineEvent,
        EventStream,
        LogLine,
        LogSpan,
        Watcher,
    )

IDLE_S = 0.5
_LOOKS_APART_S = 0.2


class Shown(msgspec.Struct, frozen=True):
    """A line and the instance that wrote it."""

    instance: Instance
    line: LogLine


def logs(request: Request, span: LogSpan) -> Logs:
    """The logs of the profiles asked for; raises `UsageProblems`, `Refused`, `EngineError`."""
    instances = watched(request)
    expected = instances.profile_names if request.patterns else ()
    return Logs(instances, request.engine(), request.watcher(), span, expected)


class Logs:
    """The logs of the instances that are watched, of ``profile_names`` and of later ones.

    ``expected`` are the profiles that were named. ``failed`` tells afterwards whether a log could
    not be read.
    """

    def __init__(
        self,
        instances: WatchedInstances,
        reader: Reader,
        watcher: Watcher,
        span: LogSpan,
        expected: Sequence[str] = (),
    ) -> None:
        self._expected = expected
        self._instances = instances
        self.profile_names = instances.profile_names
        self._reader = reader
        self._watcher = watcher
        self._span = span
        self._masking = instances.masking()
        self._tails: dict[str, Tail] = {}
        self._finished: set[str] = set()
        self._events: EventStream[EngineEvent] | None = None
        self._absence = EngineAbsence()
        self._notices: list[str] = []
        self._looked_at = 0.0
        self._must_look = False
        self.failed = False

    def lines(self) -> Generator[Shown | Notice | None, None, None]:
        """The lines in the order of time; None whenever there is nothing to tell at the moment.

        Ends with the logs, or never where they are followed. Closing it closes every stream.
        """
        try:
            self._look(is_first=True)
            self._tell_who_is_missing()
            while True:
                self._advance()
                yield from self._merged()
                yield from self._told()
                if not self._span.follow and not self._tails:
                    return
                yield None
                self._watcher.wait(self._wait_s())
        finally:
            self._watcher.close()

    def _merged(self) -> Iterator[Shown]:
        """The lines that can be shown now: no older one can come any more."""
        now_ns = time.time_ns()
        heads = [(t.head.at_ns, n, t) for n, t in enumerate(self._tails.values()) if t.head]
        heapq.heapify(heads)
        if any(tail.must_be_waited_for for tail in self._tails.values()):
            return
        while heads and heads[0][2].is_due(now_ns):
            _, number, tail = heads[0]
            yield Shown(tail.instance, tail.pop())
            if tail.head is None:
                self._advance_one(tail)
            if tail.head:
                heapq.heapreplace(heads, (tail.head.at_ns, number, tail))
            else:
                heapq.heappop(heads)
            if tail.must_be_waited_for:
                return

    def _told(self) -> Iterator[Notice]:
        for tail in [t for t in self._tails.values() if t.phase is TailPhase.DONE and not t.head]:
            del self._tails[tail.instance.container_id]
            self._finished.add(tail.instance.container_id)
            if tail.problem is not None:
                self.failed = True
                self._notices.append(_complaint(tail))
        yield from map(Notice, self._notices)
        self._notices.clear()

    def _wait_s(self) -> float:
        if any(tail.head for tail in self._tails.values()):
            return HOLD_S / 2
        if self._must_look:
            return self._absence.wait_s or _LOOKS_APART_S
        return IDLE_S

    def _advance(self) -> None:
        for tail in self._tails.values():
            self._advance_one(tail)
        if self._span.follow:
            self._notice_changes()
            is_due = time.monotonic() - self._looked_at >= _LOOKS_APART_S
            if self._must_look and is_due and not self._absence.wait_s:
                self._look()

    def _advance_one(self, tail: Tail) -> None:
        try:
            tail.advance(self._watcher, self._masking)
        except EngineUnreachable as problem:
            self._lose(problem)

    def _notice_changes(self) -> None:
        """Anything that happens to the fleet, or to a stream, is a reason to look."""
        waiting = {TailPhase.UNSURE, TailPhase.LOST}
        self._must_look |= any(tail.phase in waiting for tail in self._tails.values())
        if self._events is None or self._events.ended:
            self._must_look = True
        while self._events is not None and self._events.take() is not None:
            self._must_look = True

    def _look(self, *, is_first: bool = False) -> None:
        """Look at the fleet; a container that was not there at first is shown from its start."""
        self._looked_at = time.monotonic()
        try:
            self._watch_events()
            found = {i.container_id: i for i in self._instances.look(self._reader)}
            self._finished &= found.keys()
            self._begin(
                [found[new] for new in found.keys() - self._tails.keys() - self._finished],
                self._span if is_first else replace(self._span, since_ns=None, tail=None),
            )
            for container_id, tail in self._tails.items():
                tail.look(found.get(container_id), self._watcher, self._masking)
        except EngineError as problem:
            if is_first:
                raise
            self._lose(problem)
            return
        self._must_look = False
        self._tell(self._absence.end())

    def _begin(self, instances: Sequence[Instance], span: LogSpan) -> None:
        if instances:
            # They may have been given a key that was not known before.
            self._masking = self._instances.masking()
        for instance in instances:
            self._tails[instance.container_id] = Tail(instance, span)

    def _tell_who_is_missing(self) -> None:
        there = {tail.instance.profile_name for tail in self._tails.values()}
        missing = [name for name in self._expected if name not in there]
        waits = " yet; waiting for one" if self._span.follow else "; there is no log to show"
        self._notices += [f"{name}: has no container{waits}" for name in missing]
        self.failed |= bool(missing) and not self._span.follow
        if not there and not missing:
            step = "waiting for one" if self._span.follow else "start them with `multi-instance up`"
            self._notices.append(f"no instance has a container yet; {step}")

    def _watch_events(self) -> None:
        if self._span.follow and (self._events is None or self._events.ended):
            self._events = self._watcher.events(self._instances.labels, None, None)

    def _lose(self, problem: EngineError) -> None:
        self._must_look = True
        self._tell(self._absence.begin(problem))

    def _tell(self, sentence: str | None) -> None:
        if sentence:
            self._notices.append(sentence)


def _complaint(tail: Tail) -> str:
    step = "; choose a log driver that keeps what it gets, such as json-file"
    advice = step if isinstance(tail.problem, CannotBeRead) else ""
    return f"{tail.instance.profile_name}: {tail.problem}{advice}"
