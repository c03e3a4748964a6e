from __future__ import annotations

import threading

import pytest

from multi_instance_manager.fan_out import begin


def test_results_come_in_the_order_of_the_items() -> None:
    first_may_end = threading.Event()

    def double(number: int) -> int:
        if number == 0:
            first_may_end.wait(5)
        first_may_end.set()
        return 2 * number

    assert begin(double, range(20), at_once=4)() == [2 * number for number in range(20)]


def test_no_more_than_asked_for_are_under_way_at_once() -> None:
    running, most, lock = 0, 0, threading.Lock()
    full = threading.Barrier(3)

    def work(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        full.wait(5)
        with lock:
            running -= 1

    begin(work, range(9), at_once=3)()

    assert most == 3


def test_a_failure_is_told_once_the_others_have_ended() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 1:
            raise ValueError("this one")
        done.append(number)

    wait = begin(work, range(5), at_once=2)
    with pytest.raises(ValueError, match="this one"):
        wait()
    assert sorted(done) == [0, 2, 3, 4]


def test_nothing_to_do_is_done() -> None:
    assert begin(str, [], at_once=4)() == []
