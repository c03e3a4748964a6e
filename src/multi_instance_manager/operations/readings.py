"""Reads how containers are doing at this moment: the engine is asked and so are the instances.

Reads only. A container that cannot be read, or is gone by now, is a reading, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.cgroup_memory import memory_of
from multi_instance_manager.errors import EngineError, NotFound
from multi_instance_manager.fan_out import begin
from multi_instance_manager.http_probes import get_each
from multi_instance_manager.observed import ContainerState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from multi_instance_manager.application.definition import Readiness
    from multi_instance_manager.engine.protocol import ContainerStatus, Reader
    from multi_instance_manager.http_probe import Answer
    from multi_instance_manager.observed import ObservedContainer
    from multi_instance_manager.operations.addresses import Address

    Asked = tuple[ObservedContainer, Address | None]

_ENGINE_CALLS_AT_ONCE = 8
_MEASUREMENTS_AT_ONCE = 32  # an older engine answers all that wait for its next sample at once
_PROBE_TIMEOUT_S = 5.0  # as long as a launch gives one answer; all are asked at once
IS_GONE = "is gone since"


class Reading(msgspec.Struct, frozen=True):
    """One container now; ``fault`` is why the engine could not say, in words.

    ``ready_status`` is what it answers where it serves.
    """

    container_id: str = ""
    status: ContainerStatus | None = None
    memory_bytes: int | None = None
    health: Answer | None = None
    fault: str = ""
    ready_status: int = 200

    @property
    def runs(self) -> bool:
        """Whether its process runs."""
        return self.status is not None and self.status.state is ContainerState.RUNNING

    @property
    def is_ready(self) -> bool:
        """Whether its API says that it is ready."""
        return self.health is not None and self.health.status == self.ready_status


def read_all(reader: Reader, asked: Sequence[Asked], readiness: Readiness) -> Mapping[str, Reading]:
    """The readings by container ID. What runs is asked for its health, if its address is known.

    The instances are asked while the engine is, so that slow ones cost their time only once.
    """
    healths = _begin_probes(asked, readiness)
    names = [container.container_id for container, _ in asked]
    found = begin(lambda name: _read(reader, name), names, at_once=_ENGINE_CALLS_AT_ONCE)()
    unmeasured = [one for one in found if one.runs and one.memory_bytes is None]
    measured = begin(
        lambda one: _measured(reader, one), unmeasured, at_once=_MEASUREMENTS_AT_ONCE
    )()
    readings = {one.container_id: one for one in (*found, *measured)}
    answers = healths()
    return {
        name: replace(one, health=answers.get(name), ready_status=readiness.status)
        for name, one in readings.items()
    }


def probe_all(asked: Sequence[Asked], readiness: Readiness) -> Mapping[str, Answer]:
    """What the health of those that run is, by container ID."""
    return _begin_probes(asked, readiness)()


def _begin_probes(
    asked: Sequence[Asked], readiness: Readiness
) -> Callable[[], Mapping[str, Answer]]:
    running = [
        (container.container_id, f"{address.api_url}{readiness.path}")
        for container, address in asked
        if container.state is ContainerState.RUNNING and address is not None
    ]
    names, urls = [name for name, _ in running], [url for _, url in running]
    wait = begin(lambda all_: get_each(all_, timeout_s=_PROBE_TIMEOUT_S), [urls], at_once=1)
    return lambda: dict(zip(names, wait()[0], strict=True))


def _read(reader: Reader, container_id: str) -> Reading:
    try:
        status = reader.status(container_id)
    except NotFound:
        return Reading(container_id, fault=IS_GONE)
    except EngineError as problem:
        return Reading(container_id, fault=str(problem))
    memory_bytes = memory_of(status.pid, container_id) if status.pid else None
    return Reading(container_id, status, memory_bytes)


def _measured(reader: Reader, reading: Reading) -> Reading:
    try:
        return replace(reading, memory_bytes=reader.usage(reading.container_id).memory_bytes)
    except EngineError:
        return reading
