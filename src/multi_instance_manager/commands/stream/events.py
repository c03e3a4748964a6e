"""What happens to a fleet, as it happens; goes on with an engine that comes back."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from multi_instance_manager.commands.stream.engine_absence import EngineAbsence
from multi_instance_manager.commands.stream.instance_events import InstanceEvent, happening_of
from multi_instance_manager.commands.stream.notice import Notice
from multi_instance_manager.commands.stream.watched_instances import watched
from multi_instance_manager.errors import EngineError, EngineUnreachable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from multi_instance_manager.commands.stream.time_range import Between
    from multi_instance_manager.commands.stream.watched_instances import WatchedInstances
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.engine.protocol.watcher import EngineEvent, EventStream, Watcher

_IDLE_S = 0.5
_REMEMBERED = 512
_GOES_WELL_S = 0.4


def events(request: Request, times: Between, *, now_ns: int) -> FleetEvents:
    """The events of the profiles asked for; raises `UsageProblems`, `Refused`, `EngineError`."""
    return FleetEvents(watched(request), request.watcher(), times, now_ns)


class FleetEvents:
    """The events of the instances that are watched, of ``profile_names`` and of later ones.

    ``now_ns`` is the moment from which nothing may be missed, unless an earlier one is asked for.
    """

    def __init__(
        self, instances: WatchedInstances, watcher: Watcher, times: Between, now_ns: int
    ) -> None:
        self._instances = instances
        self.profile_names = instances.profile_names
        self._watcher = watcher
        self._times = times
        self._since_ns = now_ns if times.since_ns is None else times.since_ns
        self._absence = EngineAbsence()
        self._watch: EventStream[EngineEvent] | None = None
        self._seen: deque[tuple[int, str, str]] = deque(maxlen=_REMEMBERED)
        self._repeated: Counter[tuple[int, str, str]] = Counter()

    def happenings(self) -> Generator[InstanceEvent | Notice | None, None, None]:
        """Each event; None whenever there is none at the moment. Ends at the moment to end at."""
        try:
            self._open(self._times.since_ns)
            while True:
                yield from self._come()
                if self._watch is None or self._watch.ended:
                    if self._is_over():
                        return
                    yield from self._try_again()
                elif self._watch.quiet_s >= _GOES_WELL_S:
                    yield from _notices(self._absence.end())
                yield None
                self._watcher.wait(self._absence.wait_s or _IDLE_S)
        finally:
            self._watcher.close()

    def _open(self, since_ns: int | None) -> None:
        self._repeated = Counter(key for key in self._seen if key[0] >= (since_ns or 0))
        self._watch = self._watcher.events(self._instances.labels, since_ns, self._times.until_ns)

    def _come(self) -> Iterator[InstanceEvent]:
        while self._watch is not None and (event := self._watch.take()) is not None:
            key = (event.at_ns, event.container_id, event.action)
            if self._repeated[key] > 0:
                self._repeated[key] -= 1
                continue
            self._seen.append(key)
            self._since_ns = max(self._since_ns, event.at_ns)
            profile_name = self._instances.profile_of(event)
            happening = happening_of(event, profile_name) if profile_name is not None else None
            if happening is not None:
                yield happening

    def _is_over(self) -> bool:
        """Whether the engine has told all up to the moment to end at; raises what it refused."""
        problem = self._watch.problem if self._watch is not None else None
        if problem is not None and not isinstance(problem, EngineUnreachable):
            raise problem
        return problem is None and self._watch is not None and self._times.until_ns is not None

    def _try_again(self) -> Iterator[Notice]:
        problem: EngineError | None = self._watch.problem if self._watch is not None else None
        if self._watch is not None:
            self._watch = None
            away = problem or EngineUnreachable("engine", "has ended the stream of its events")
            yield from _notices(self._absence.begin(away))
        if self._absence.wait_s:
            return
        try:
            self._open(self._since_ns)
        except EngineUnreachable as still_away:
            yield from _notices(self._absence.begin(still_away))


def _notices(sentence: str | None) -> Iterator[Notice]:
    if sentence:
        yield Notice(sentence)
