"""Reads how containers are doing at this moment: the engine is asked and so are the instances.

Reads only. A container that cannot be read, or is gone by now, is a reading, too.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.errors import EngineError, NotFound
from multi_instance_manager.fan_out import begin
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.host.cgroup_memory import memory_of
from multi_instance_manager.host.container_processes import processes_by_container
from multi_instance_manager.http.probes import get_each
from multi_instance_manager.probe.vital_signs import (
    HEALTH_WITHIN_S,
    AskedInstance,
    HttpSigns,
    InnerSigns,
    http_signs,
    inner_signs,
)
from multi_instance_manager.vitals.signs import Signs, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.application.process_table import Process
    from multi_instance_manager.commands.survey.addresses import Address
    from multi_instance_manager.engine.protocol.engine import ContainerStatus, Reader
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.http.response import Answer
    from multi_instance_manager.text.secret import Secret

_ENGINE_CALLS_AT_ONCE = 8
_MEASUREMENTS_AT_ONCE = 32  # an older engine answers all that wait for its next sample at once
_NONE: Mapping[str, ContainerStatus] = MappingProxyType({})


class Subject(msgspec.Struct, frozen=True):
    """A container that is to be read; its API is asked where its address is known."""

    container: ObservedContainer
    address: Address | None = None
    key: Secret | None = None


class InstanceReading(msgspec.Struct, frozen=True):
    """One container now; ``fault`` is why the engine could not say, in words.

    ``is_gone``: the engine does not know it any more.
    ``ready_status`` is what it answers where it serves.
    """

    container_id: str = ""
    status: ContainerStatus | None = None
    memory_bytes: int | None = None
    http: HttpSigns = HttpSigns()
    inner: InnerSigns = InnerSigns()
    fault: str = ""
    is_gone: bool = False
    trial: Trial | None = None
    ready_status: int = 200

    @property
    def runs(self) -> bool:
        """Whether its process runs."""
        return self.status is not None and self.status.state is ContainerState.RUNNING

    def signs(self, now: float) -> Signs:
        """The signs that were read; those that come from elsewhere are not known."""
        return Signs(
            now=now,
            status=self.status,
            is_missing=self.is_gone,
            fault=self.fault,
            health=self.http.health,
            queue=self.http.queue,
            lacks_models=self.http.lacks_models,
            main_uptime_s=self.http.main_uptime_s,
            processes=self.inner.processes,
            oom_kills=self.inner.oom_kills,
            oom_at=self.inner.oom_at,
            log=self.inner.log,
            trial=self.trial,
        )


def read_all(
    reader: Reader,
    subjects: Sequence[Subject],
    application: Application,
    *,
    is_near: bool = True,
    statuses: Mapping[str, ContainerStatus] = _NONE,
) -> Mapping[str, InstanceReading]:
    """The readings by container ID; what lies inside is looked at only where the engine is near.

    ``statuses`` are known already: the engine is asked for the others. The instances are asked
    while the engine is, so that slow ones cost their time only once.
    """
    running_ids = [one.container_id for one in _running(subjects)]
    seen_here = processes_by_container(running_ids) if is_near else {}
    answers = _begin_questions(subjects, application, seen_here)
    names = [subject.container.container_id for subject in subjects]
    found = begin(
        lambda name: _read(reader, name, statuses.get(name)), names, at_once=_ENGINE_CALLS_AT_ONCE
    )()
    running = {one.container_id: one.status for one in found if one.runs and one.status}
    inner = inner_signs(reader, running, application, seen_here) if is_near else {}
    unmeasured = [one for one in found if one.runs and one.memory_bytes is None]
    measured = begin(
        lambda one: _measured(reader, one), unmeasured, at_once=_MEASUREMENTS_AT_ONCE
    )()
    readings = {one.container_id: one for one in (*found, *measured)}
    told = answers()
    return {
        name: replace(one, http=told.get(name, one.http), inner=inner.get(name, one.inner))
        for name, one in readings.items()
    }


def probe_all(subjects: Sequence[Subject], application: Application) -> Mapping[str, Answer]:
    """What those that run answer when they are asked whether they are ready, by container ID."""
    asked = _running(subjects)
    urls = [f"{one.api_url}{application.readiness.path}" for one in asked]
    answers = get_each(urls, timeout_s=HEALTH_WITHIN_S)
    return {one.container_id: answer for one, answer in zip(asked, answers, strict=True)}


def _begin_questions(
    subjects: Sequence[Subject],
    application: Application,
    seen_here: Mapping[str, tuple[Process, ...]],
) -> Callable[[], Mapping[str, HttpSigns]]:
    knows_main = application.main_process is not None
    asked = [
        replace(one, shows_processes=knows_main and one.container_id in seen_here)
        for one in _running(subjects)
    ]
    wait = begin(lambda each: http_signs(each, application), [asked], at_once=1)
    return lambda: wait()[0]


def _running(subjects: Sequence[Subject]) -> list[AskedInstance]:
    return [
        AskedInstance(one.container.container_id, one.address.api_url, one.key)
        for one in subjects
        if one.container.state is ContainerState.RUNNING and one.address is not None
    ]


def _read(reader: Reader, container_id: str, known: ContainerStatus | None) -> InstanceReading:
    try:
        status = known or reader.status(container_id)
    except NotFound:
        return InstanceReading(container_id, is_gone=True)
    except EngineError as problem:
        return InstanceReading(container_id, fault=str(problem))
    memory_bytes = memory_of(status.pid, container_id) if status.pid else None
    return InstanceReading(container_id, status, memory_bytes)


def _measured(reader: Reader, reading: InstanceReading) -> InstanceReading:
    try:
        return replace(reading, memory_bytes=reader.usage(reading.container_id).memory_bytes)
    except EngineError:
        return reading
