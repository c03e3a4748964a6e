"""Many who ask at the same time are served by few passes, each begun after they asked."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from multi_instance_manager.application.process_table import Process
from multi_instance_manager.execute.process_looks import ProcessLooks

SOON_S = 30.0


class Machine:
    """Its processes, and how often they were looked at; a look can be held up."""

    def __init__(self) -> None:
        self.looks: list[frozenset[str]] = []
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, wanted: Collection[str]) -> Mapping[str, Sequence[Process]]:
        self.looks.append(frozenset(wanted))
        number = len(self.looks)
        self.begun.set()
        assert self.go_on.wait(SOON_S)
        return {one: (Process(number, 0, (one,)),) for one in wanted}


def test_each_gets_the_processes_of_its_container() -> None:
    looks = ProcessLooks(Machine())

    assert looks.of("a")[0].command == ("a",)
    assert looks.of("b")[0].command == ("b",)


def test_whoever_asks_later_gets_a_later_look() -> None:
    """What began anew in between must be seen."""
    looks = ProcessLooks(Machine())

    assert [looks.of("a")[0].pid for _ in range(3)] == [1, 2, 3]


def test_all_who_wait_for_a_look_share_the_next_one() -> None:
    machine = Machine()
    looks = ProcessLooks(machine)
    names = [f"c{number}" for number in range(20)]
    machine.go_on.clear()
    with ThreadPoolExecutor(len(names) + 1) as threads:
        first = threads.submit(looks.of, "first")
        assert machine.begun.wait(SOON_S)
        others = [threads.submit(looks.of, name) for name in names]
        while looks._wanted != {"first", *names}:
            pass
        machine.go_on.set()
        found = [one.result(SOON_S) for one in others]

    assert first.result(SOON_S)[0].pid == 1
    assert {processes[0].pid for processes in found} == {2}
    assert machine.looks == [{"first"}, {"first", *names}]


def test_a_container_that_shows_no_process_has_none() -> None:
    assert ProcessLooks(lambda _: {}).of("a") == ()
