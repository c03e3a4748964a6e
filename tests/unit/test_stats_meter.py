"""How long `stats` waits for readings."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest

from multi_instance_manager.commands.stream.stats import APART_S, Meter
from multi_instance_manager.commands.stream.watched_instances import Instance, WatchedInstances
from multi_instance_manager.engine.protocol.engine import Reader
from multi_instance_manager.engine.protocol.watcher import Watcher
from multi_instance_manager.fleet.containers import ContainerState


class Engine:
    """Answers to the meter's calls, and counts the seconds that were waited."""

    def __init__(self, *states: ContainerState) -> None:
        self.now = 100.0
        self.states = states
        self.asked: list[str] = []
        self.ended = False

    def look(self, _: object) -> list[Instance]:
        numbered = enumerate(self.states)
        return [Instance(f"user-{n}", f"id-{n}", f"ai-proxy-{n}", state) for n, state in numbered]

    def usage(self, container_id: str) -> Engine:
        self.asked.append(container_id)
        return self

    def take(self) -> None:
        """No reading has come."""

    def wait(self, timeout_s: float) -> None:
        self.now += timeout_s


def metered(engine: Engine, patch: pytest.MonkeyPatch) -> Meter:
    patch.setattr(time, "monotonic", lambda: engine.now)
    fake: Any = engine
    return Meter(
        cast("WatchedInstances", fake), cast("Reader", fake), cast("Watcher", fake), ("user-0",)
    )


def test_without_a_running_instance_the_first_report_comes_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Engine(ContainerState.EXITED)

    report = metered(engine, monkeypatch).measure()

    assert [row.state for row in report.instances] == ["exited"]
    assert (engine.now, engine.asked) == (100.0, [])


def test_a_live_display_without_a_running_instance_does_not_spin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Engine(ContainerState.EXITED)
    meter = metered(engine, monkeypatch)
    meter.measure()

    meter.measure()

    assert engine.now == 100.0 + APART_S


def test_a_running_instance_is_waited_for_and_a_stopped_one_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Engine(ContainerState.RUNNING, ContainerState.EXITED)

    metered(engine, monkeypatch).measure()

    assert engine.asked == ["id-0"]
    assert engine.now > 100.0 + APART_S
