from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from multi_instance_manager.commands.stream.log_position import Position
from multi_instance_manager.commands.stream.logs import Logs, Shown
from multi_instance_manager.commands.stream.notice import Notice
from multi_instance_manager.commands.stream.watched_instances import WatchedInstances
from multi_instance_manager.engine.protocol.watcher import LogLine, LogSpan
from multi_instance_manager.errors import CannotBeRead, EngineUnreachable
from unit.builders import some_settings
from unit.watched_engine import FLEET, ROOT, WatchedEngine

SECOND = 10**9


@pytest.fixture
def engine() -> WatchedEngine:
    return WatchedEngine()


class Reading:
    """A run of `Logs`, read until what is awaited has come."""

    def __init__(self, engine: WatchedEngine, *patterns: str, **span: object) -> None:
        settings = replace(some_settings(Path(ROOT)), container_prefix=FLEET)
        self.logs = Logs(
            WatchedInstances(settings, patterns),
            engine.reader,
            engine.watcher,
            LogSpan(**span),  # type: ignore[arg-type]
            patterns,
        )
        self._lines = self.logs.lines()
        self.texts: list[str] = []
        self.notices: list[str] = []

    def until(self, claim: Callable[[Reading], bool]) -> Reading:
        deadline = time.monotonic() + 5
        while not claim(self):
            assert time.monotonic() < deadline, (self.texts, self.notices)
            assert self._step(), (self.texts, self.notices)
        return self

    def idle(self, times: int = 60) -> Reading:
        """Let it turn so often that whatever it would still show has come."""
        for _ in range(times):
            assert self._step()
        return self

    def to_the_end(self) -> Reading:
        while self._step():
            pass
        return self

    def _step(self) -> bool:
        try:
            shown = next(self._lines)
        except StopIteration:
            return False
        if isinstance(shown, Notice):
            self.notices.append(shown.text)
        elif isinstance(shown, Shown):
            self.texts.append(f"{shown.instance.profile_name}: {shown.line.text}")
        return True

    def close(self) -> None:
        self._lines.close()


def says(*texts: str) -> Callable[[Reading], bool]:
    return lambda reading: set(texts) <= set(reading.texts)


@pytest.fixture
def follow(engine: WatchedEngine) -> Iterator[Reading]:
    reading = Reading(engine, follow=True)
    yield reading
    reading.close()
    assert all(watch.ended for watch in engine.open), "a stream was left open"


def test_the_lines_of_all_instances_are_merged_by_their_moments(engine: WatchedEngine) -> None:
    a, b = engine.add("1", "user-a"), engine.add("2", "user-b")
    for moment in range(1, 200):
        (a if moment % 3 else b).say(f"line {moment}", at=moment)

    read = Reading(engine).to_the_end()

    assert [text.split(": ")[1] for text in read.texts] == [f"line {n}" for n in range(1, 200)]
    assert not read.logs.failed


def test_one_log_that_cannot_be_read_is_told_and_the_others_go_on(engine: WatchedEngine) -> None:
    engine.add("1", "user-a").refusal = CannotBeRead("the engine answered 501")
    engine.add("2", "user-b").say("well")

    read = Reading(engine).to_the_end()

    assert read.texts == ["user-b: well"]
    assert len(read.notices) == 1
    assert "user-a" in read.notices[0]
    assert "log driver" in read.notices[0]
    assert read.logs.failed


def test_a_profile_that_was_named_and_has_no_container_is_told(engine: WatchedEngine) -> None:
    read = Reading(engine, "user-a").to_the_end()

    assert read.notices == ["user-a: has no container; there is no log to show"]
    assert read.logs.failed


def test_following_goes_on_across_stops_and_starts_without_loss_or_repetition(
    engine: WatchedEngine, follow: Reading
) -> None:
    a = engine.add("1", "user-a")
    a.say("one")
    follow.until(says("user-a: one"))
    a.say("two")
    engine.stop(a)
    a.say("a last word after the stream has ended")
    follow.until(says("user-a: a last word after the stream has ended")).idle()
    engine.start(a)
    a.say("three")
    follow.until(says("user-a: three")).idle()

    assert follow.texts == [
        "user-a: one",
        "user-a: two",
        "user-a: a last word after the stream has ended",
        "user-a: three",
    ]


def test_following_shows_a_replacement_from_its_first_line(
    engine: WatchedEngine, follow: Reading
) -> None:
    old = engine.add("1", "user-a")
    old.say("old")
    follow.until(says("user-a: old"))
    old.name += ".previous"
    engine.stop(old)
    old.say("old says goodbye")
    new = engine.add("2", "user-a", running=False)
    engine.start(new)
    new.say("new")
    follow.until(says("user-a: new", "user-a: old says goodbye"))
    del engine.containers["1"]
    engine.tell("destroy", old)
    new.say("new goes on")
    follow.until(says("user-a: new goes on")).idle()

    assert follow.texts.count("user-a: new") == 1
    assert len(follow.texts) == 4


def test_a_container_that_is_listed_before_it_is_known_is_tried_again(
    engine: WatchedEngine, follow: Reading
) -> None:
    engine.add("1", "user-a").say("one")
    engine.unknown_for_now = {"1"}
    follow.idle()
    engine.unknown_for_now = set()

    follow.until(says("user-a: one"))


def test_following_survives_an_engine_that_restarts_and_says_so_once(
    engine: WatchedEngine, follow: Reading
) -> None:
    a = engine.add("1", "user-a")
    a.say("before")
    follow.until(says("user-a: before"))
    engine.go_away()
    a.say("while nobody could read")
    follow.until(lambda reading: bool(reading.notices)).idle(300)
    engine.is_up = True
    follow.until(says("user-a: while nobody could read"))
    a.say("after")
    follow.until(says("user-a: after")).idle()

    assert follow.texts == ["user-a: before", "user-a: while nobody could read", "user-a: after"]
    assert len(follow.notices) == 2
    assert "waiting for it to come back" in follow.notices[0]
    assert follow.notices[1] == "the engine is back"


def test_an_unreadable_log_is_told_once_although_it_is_followed(
    engine: WatchedEngine, follow: Reading
) -> None:
    engine.add("1", "user-a").refusal = CannotBeRead("501")
    b = engine.add("2", "user-b")
    for n in range(5):
        b.say(str(n))
        engine.tell("pause", b)
        follow.until(says(f"user-b: {n}")).idle(30)

    assert len(follow.notices) == 1


def test_an_engine_that_is_down_from_the_start_is_an_error(engine: WatchedEngine) -> None:
    engine.is_up = False

    with pytest.raises(EngineUnreachable):
        Reading(engine, follow=True).idle()


def test_a_glob_takes_in_instances_that_come_later(engine: WatchedEngine) -> None:
    reading = Reading(engine, "user-*", follow=True).idle(3)
    engine.add("1", "other").say("not meant")
    engine.add("2", "user-new").say("meant")

    reading.until(says("user-new: meant")).idle()
    reading.close()

    assert reading.texts == ["user-new: meant"]


def test_tail_and_since_hold_for_what_was_there_and_not_for_what_comes_later(
    engine: WatchedEngine,
) -> None:
    a = engine.add("1", "user-a")
    a.say("one", "two", "three")
    reading = Reading(engine, follow=True, tail=1).until(says("user-a: three"))
    engine.add("2", "user-b").say("first", "second")
    reading.until(says("user-b: first", "user-b: second"))
    reading.close()

    assert "user-a: two" not in reading.texts


@given(
    jitter=st.lists(st.integers(0, 2), min_size=1, max_size=120),
    step_ns=st.sampled_from([1, 1000, 10**6, 10**9]),
    repeat=st.sampled_from([1, 20]),
    cuts=st.lists(st.floats(0, 1), max_size=6),
)
def test_a_log_that_is_resumed_anywhere_loses_no_line_and_repeats_none(
    jitter: list[int], step_ns: int, repeat: int, cuts: list[float]
) -> None:
    # Nearly in order, as an engine writes two outputs of one process.
    moments = [step_ns * n + late for n, late in enumerate(jitter * repeat)]
    log = [LogLine(SECOND + moment, str(n)) for n, moment in enumerate(moments)]
    position, read = Position(LogSpan()), list[str]()
    for end in [*sorted(round(cut * len(log)) for cut in cuts), len(log)]:
        span = position.resume(follow=True)
        asked = [line for line in log[:end] if line.at_ns >= (span.since_ns or 0)]
        read += [line.text for line in asked if position.is_new(line)]

    assert sorted(read, key=int) == [line.text for line in log]
