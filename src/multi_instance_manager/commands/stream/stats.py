"""Measures what instances use: the engine's own readings of each, which come every second."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from multi_instance_manager.commands.stream.watched_instances import watched
from multi_instance_manager.reports.stats import InstanceStats, StatsReport, Use
from multi_instance_manager.text.times import stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from multi_instance_manager.commands.stream.watched_instances import Instance, WatchedInstances
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.engine.protocol.engine import Reader, Usage
    from multi_instance_manager.engine.protocol.watcher import EventStream, Watcher

APART_S = 1.0
_FIRST_S = 6.0
_SUMMED = tuple(Use.__struct_fields__)


def stats(request: Request) -> Meter:
    """Measure the profiles asked for; raises `UsageProblems`, `Refused`, `EngineError`."""
    instances = watched(request)
    return Meter(instances, request.engine(), request.watcher(), instances.profile_names)


class Meter:
    """Reports again and again; each report tells the share between the last two readings.

    ``expected`` are profiles that are shown without a container, too.
    """

    def __init__(
        self,
        instances: WatchedInstances,
        reader: Reader,
        watcher: Watcher,
        expected: Sequence[str],
    ) -> None:
        self._instances = instances
        self._reader = reader
        self._watcher = watcher
        self._expected = expected
        self._meters: dict[str, _Readings] = {}
        self._has_measured = False

    def measure(self) -> StatsReport:
        """One report, of a second. Raises `EngineError`.

        The first one takes two or three, and no time if no instance runs.
        """
        is_first, self._has_measured = not self._has_measured, True
        self._attend(self._shown())
        self._listen(_FIRST_S if is_first else APART_S, stop_early=is_first)
        rows = [_row(i, self._meters.get(i.container_id)) for i in self._shown()]
        rows += self._absent({row.profile for row in rows})
        rows.sort(key=lambda row: row.profile)
        total = _sum(row.use for row in rows)
        return StatsReport(read_at=stamp_of(time.time_ns()), instances=tuple(rows), total=total)

    def close(self) -> None:
        """Close every stream."""
        self._watcher.close()

    def _attend(self, instances: Sequence[Instance]) -> None:
        """Open a stream for each that runs; close those of the others."""
        running = {i.container_id for i in instances if i.runs}
        for container_id in self._meters.keys() - running:
            self._meters.pop(container_id).watch.close()
        for container_id in running:
            known = self._meters.get(container_id)
            if known is None or known.watch.ended:
                self._meters[container_id] = _Readings(self._watcher.usage(container_id))

    def _listen(self, seconds: float, *, stop_early: bool) -> None:
        deadline = time.monotonic() + seconds
        while (left_s := deadline - time.monotonic()) > 0:
            if stop_early and all(meter.is_ready for meter in self._meters.values()):
                return
            self._watcher.wait(left_s)
            for meter in self._meters.values():
                meter.take()

    def _shown(self) -> list[Instance]:
        """The instances, without what was set aside and does not run."""
        return [i for i in self._instances.look(self._reader) if i.runs or not i.is_aside]

    def _absent(self, there: set[str]) -> list[InstanceStats]:
        missing = [name for name in self._expected if name not in there]
        return [
            InstanceStats(profile=name, container=None, container_id=None, state="absent")
            for name in missing
        ]


class _Readings:
    """The last two readings of one container."""

    def __init__(self, watch: EventStream[Usage]) -> None:
        self.watch = watch
        self.last: deque[Usage] = deque(maxlen=2)

    @property
    def is_ready(self) -> bool:
        return len(self.last) == self.last.maxlen or self.watch.ended

    def take(self) -> None:
        """Take in what came; the readings of a container that has ended are empty."""
        while (usage := self.watch.take()) is not None:
            if usage.read_at:
                self.last.append(usage)


def _row(instance: Instance, readings: _Readings | None) -> InstanceStats:
    last = tuple(readings.last) if readings and instance.runs else ()
    now = last[-1] if last else None
    limit = now.memory_limit_bytes if now else None
    return InstanceStats(
        profile=instance.profile_name,
        container=instance.container_name,
        container_id=instance.container_id,
        state=instance.state.value,
        memory_limit_bytes=limit,
        memory_percent=round(100 * now.memory_bytes / limit, 2) if now and limit else None,
        use=_use(last[0] if len(last) > 1 else None, now) if now else Use(),
    )


def _use(before: Usage | None, now: Usage) -> Use:
    return Use(
        cpu_percent=cpu_percent(before, now) if before else None,
        memory_bytes=now.memory_bytes,
        received_bytes=now.received_bytes,
        sent_bytes=now.sent_bytes,
        read_bytes=now.read_bytes,
        written_bytes=now.written_bytes,
        processes=now.processes,
    )


def cpu_percent(before: Usage, now: Usage) -> float | None:
    """The processor time between two readings; None across a restart, which counts anew."""
    passed_s, used_ns = now.read_at - before.read_at, now.cpu_ns - before.cpu_ns
    if passed_s <= 0 or used_ns < 0:
        return None
    return round(used_ns / passed_s / 10**7, 2)


def _sum(uses: Iterable[Use]) -> Use:
    known = tuple(uses)
    sums = {}
    for name in _SUMMED:
        values = [getattr(use, name) for use in known if getattr(use, name) is not None]
        sums[name] = round(sum(values), 2) if values else None
    return Use(**sums)
