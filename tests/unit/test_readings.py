"""Reading containers that fail, vanish, or are measured by the engine alone."""

from __future__ import annotations

from typing import cast

from msgspec.structs import replace

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.application.process_table import Process
from multi_instance_manager.commands.look.readings import (
    InstanceReading,
    Subject,
    probe_all,
    read_all,
)
from multi_instance_manager.commands.survey.addresses import Address
from multi_instance_manager.engine.protocol.engine import ContainerStatus, Reader, Usage
from multi_instance_manager.errors import EngineError, NotFound
from multi_instance_manager.fleet.containers import ContainerState
from unit.builders import container_of, spec_of
from unit.memory_engine import free_port

APPLICATION = builtin_application()
USAGE = Usage(0.0, 0, 0, 1, 4096, None, 0, 0, 0, 0, 0)
RUNNING = ContainerStatus(ContainerState.RUNNING, 0, False, 0)
GONE, FAILED = NotFound("container a: is not known"), EngineError("engine: answered 500")


class _Engine:
    """Answers with what it was given, or raises it."""

    def __init__(
        self, status: ContainerStatus | EngineError, usage: Usage | EngineError = USAGE
    ) -> None:
        self._status = status
        self._usage = usage

    def status(self, _: str) -> ContainerStatus:
        if isinstance(self._status, EngineError):
            raise self._status
        return self._status

    def processes(self, _: str) -> tuple[Process, ...]:
        raise FAILED

    def usage(self, _: str) -> Usage:
        if isinstance(self._usage, EngineError):
            raise self._usage
        return self._usage


def read(engine: _Engine) -> InstanceReading:
    container = container_of(spec_of())
    readings = read_all(cast("Reader", engine), [Subject(container)], APPLICATION)
    assert list(readings) == [container.container_id]
    return readings[container.container_id]


def test_where_the_kernel_does_not_tell_the_memory_the_engine_is_asked() -> None:
    assert read(_Engine(RUNNING)).memory_bytes == 4096
    assert read(_Engine(replace(RUNNING, pid=2**22 + 1))).memory_bytes == 4096


def test_a_measurement_that_fails_leaves_the_rest_of_the_reading() -> None:
    found = read(_Engine(RUNNING, FAILED))

    assert (found.runs, found.memory_bytes, found.fault) == (True, None, "")


def test_what_does_not_run_is_not_measured() -> None:
    assert read(_Engine(replace(RUNNING, state=ContainerState.EXITED), FAILED)).fault == ""


def test_a_container_that_is_gone_by_now_and_one_that_cannot_be_read_are_readings() -> None:
    assert read(_Engine(GONE)).is_gone
    assert read(_Engine(FAILED)).fault == "engine: answered 500"


def test_an_instance_that_nobody_listens_for_is_asked_and_not_ready() -> None:
    spec = spec_of()
    stopped = container_of(spec, ContainerState.EXITED, container_id="stopped")
    address = Address("127.0.0.1", free_port(), free_port())

    answers = probe_all(
        [Subject(container_of(spec), address), Subject(stopped, address)], APPLICATION
    )

    assert {name: answer.said for name, answer in answers.items()} == {
        container_of(spec).container_id: "refuses connections"
    }
