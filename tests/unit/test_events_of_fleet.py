from __future__ import annotations

import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from multi_instance_manager.commands.stream.events import FleetEvents
from multi_instance_manager.commands.stream.notice import Notice
from multi_instance_manager.commands.stream.time_range import Between
from multi_instance_manager.commands.stream.watched_instances import WatchedInstances
from unit.builders import some_settings
from unit.watched_engine import FLEET, ROOT, WatchedEngine


@pytest.fixture
def engine() -> WatchedEngine:
    return WatchedEngine()


def events_of(engine: WatchedEngine, *patterns: str, **times: int) -> FleetEvents:
    settings = replace(some_settings(Path(ROOT)), container_prefix=FLEET)
    between = Between(times.get("since_ns"), times.get("until_ns"))
    return FleetEvents(
        WatchedInstances(settings, patterns), engine.watcher, between, time.time_ns()
    )


def test_a_span_in_the_past_ends_by_itself(engine: WatchedEngine) -> None:
    a = engine.add("1", "user-a")
    engine.tell("start", a)
    engine.tell("exec_create: cat", a)
    engine.stop(a)

    told = list(events_of(engine, since_ns=0, until_ns=time.time_ns()).happenings())

    assert [t.kind for t in told if t and not isinstance(t, Notice)] == [
        "created",
        "started",
        "ended",
    ]


def test_only_the_profiles_that_are_meant_are_told(engine: WatchedEngine) -> None:
    engine.add("1", "user-a")
    engine.add("2", "other")

    told = list(events_of(engine, "user-*", since_ns=0, until_ns=time.time_ns()).happenings())

    assert [t.profile_name for t in told if t and not isinstance(t, Notice)] == ["user-a"]


def test_events_go_on_with_an_engine_that_comes_back(engine: WatchedEngine) -> None:
    kinds: list[str] = []
    notices: list[str] = []
    happenings = events_of(engine).happenings()

    def turn_until(claim: str) -> None:
        deadline = time.monotonic() + 5
        while claim not in (kinds + notices):
            assert time.monotonic() < deadline, (kinds, notices)
            told = next(happenings)
            if isinstance(told, Notice):
                notices.append("away" if "waiting" in told.text else told.text)
            elif told:
                kinds.append(told.kind)

    next(happenings)
    a = engine.add("1", "user-a")
    turn_until("created")
    engine.go_away()
    turn_until("away")
    engine.tell("pause", a)
    engine.is_up = True
    turn_until("the engine is back")
    engine.tell("oom", a)
    turn_until("out-of-memory")
    happenings.close()

    assert kinds == ["created", "paused", "out-of-memory"]
    assert notices == ["away", "the engine is back"]
