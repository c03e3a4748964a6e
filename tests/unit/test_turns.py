from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from multi_instance_manager.execute import outage_slots
from multi_instance_manager.execute.outage_slots import ConcurrencySlots, outages

MOMENT_S = 0.05
"""How long somebody is looked at who must not go on. He has done it at once, if he does."""
SOON_S = 10.0
"""How long somebody is waited for who must go on."""
LONG_S = 3600.0

pytestmark = pytest.mark.timeout(60)


class Clock:
    """A time that goes on when the test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(outage_slots, "time", SimpleNamespace(monotonic=made.monotonic))
    return made


class Somebody:
    """Wants a turn, and has it until told to end."""

    def __init__(self, wanted: ConcurrencySlots) -> None:
        self.has_turn = threading.Event()
        self.may_end = threading.Event()
        self._thread = threading.Thread(target=self._have_turn, args=(wanted,), daemon=True)
        self._thread.start()

    def _have_turn(self, wanted: ConcurrencySlots) -> None:
        with wanted.turn():
            self.has_turn.set()
            self.may_end.wait(LONG_S)

    def end(self) -> None:
        self.may_end.set()
        self._thread.join(SOON_S)
        assert not self._thread.is_alive()

    def must_have_turn(self) -> Somebody:
        assert self.has_turn.wait(SOON_S)
        return self

    def must_still_have_turn(self) -> None:
        """Nothing took the turn from it: it neither ended nor failed."""
        assert self._thread.is_alive()

    def must_wait(self) -> Somebody:
        assert not self.has_turn.wait(MOMENT_S)
        return self


@dataclass
class Crowd:
    """Everybody who wants a turn in one test."""

    people: list[Somebody] = field(default_factory=list)

    def one_more(self, wanted: ConcurrencySlots) -> Somebody:
        self.people.append(Somebody(wanted))
        return self.people[-1]

    def end(self) -> None:
        for one in self.people:
            one.may_end.set()
        for one in self.people:
            one.end()


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    made = Crowd()
    yield made
    made.end()


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_so_many_have_a_turn_at_once_and_the_next_one_waits(crowd: Crowd, at_once: int) -> None:
    wanted = ConcurrencySlots(at_once, counts_for_s=LONG_S)
    first, *_ = [crowd.one_more(wanted).must_have_turn() for _ in range(at_once)]

    late = crowd.one_more(wanted).must_wait()

    first.end()
    late.must_have_turn()


def test_all_who_wait_go_on_one_after_the_other_as_turns_end(crowd: Crowd) -> None:
    wanted = ConcurrencySlots(1, counts_for_s=LONG_S)
    first = crowd.one_more(wanted).must_have_turn()
    waiting = [crowd.one_more(wanted).must_wait() for _ in range(4)]

    first.end()
    while waiting:
        assert any_has_turn(waiting)
        (serving,) = [one for one in waiting if one.has_turn.is_set()]
        waiting.remove(serving)
        serving.end()


def any_has_turn(those: list[Somebody]) -> bool:
    """Whether one of them has a turn soon."""
    return any(one.has_turn.wait(MOMENT_S) for _ in range(100) for one in those)


def test_a_turn_that_takes_long_lets_the_next_one_in(crowd: Crowd) -> None:
    wanted = ConcurrencySlots(1, counts_for_s=0.02)
    slow = crowd.one_more(wanted).must_have_turn()

    crowd.one_more(wanted).must_have_turn()

    slow.must_still_have_turn()


def test_each_turn_counts_for_its_own_time(clock: Clock, crowd: Crowd) -> None:
    wanted = ConcurrencySlots(2, counts_for_s=60)
    crowd.one_more(wanted).must_have_turn()
    clock.now_s += 59.95
    crowd.one_more(wanted).must_have_turn()
    in_place_of_the_first = crowd.one_more(wanted).must_wait()

    clock.now_s += 0.06

    in_place_of_the_first.must_have_turn()
    crowd.one_more(wanted).must_wait()


def test_the_end_of_a_turn_that_counts_no_more_gives_nobody_another(
    clock: Clock, crowd: Crowd
) -> None:
    wanted = ConcurrencySlots(1, counts_for_s=60)
    slow = crowd.one_more(wanted).must_have_turn()
    clock.now_s += 61
    quick = crowd.one_more(wanted).must_have_turn()
    late = crowd.one_more(wanted).must_wait()

    slow.end()

    late.must_wait()
    quick.end()
    late.must_have_turn()


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_ends_the_turn_and_is_handed_on(
    crowd: Crowd, failure: type[BaseException]
) -> None:
    wanted = ConcurrencySlots(1, counts_for_s=LONG_S)

    def fail() -> None:
        crowd.one_more(wanted).must_wait()
        raise failure

    with pytest.raises(failure), wanted.turn():
        fail()

    crowd.people[0].must_have_turn()


def test_many_who_want_many_turns_all_get_them_and_never_too_many_at_once() -> None:
    wanted, lock, counter = ConcurrencySlots(3, counts_for_s=LONG_S), threading.Lock(), [0, 0, 0]

    def work() -> None:
        for _ in range(50):
            with wanted.turn():
                with lock:
                    counter[0] += 1
                    counter[1] = max(counter[1], counter[0])
                with lock:
                    counter[0] -= 1
                    counter[2] += 1

    threads = [threading.Thread(target=work, daemon=True) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    running, most, done = counter
    assert (running, done) == (0, 40 * 50)
    assert 1 <= most <= 3


def test_many_turns_that_all_take_too_long_hold_nobody_up_for_ever(crowd: Crowd) -> None:
    wanted = ConcurrencySlots(2, counts_for_s=0.005)

    everybody = [crowd.one_more(wanted) for _ in range(20)]

    for one in everybody:
        one.must_have_turn()


@pytest.mark.parametrize(
    ("engine_calls", "at_once"), [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (8, 4)]
)
def test_half_as_many_outages_as_engine_calls_but_always_one(
    clock: Clock, crowd: Crowd, engine_calls: int, at_once: int
) -> None:
    del clock  # stands still
    wanted = outages(engine_calls)
    for _ in range(at_once):
        crowd.one_more(wanted).must_have_turn()

    crowd.one_more(wanted).must_wait()
