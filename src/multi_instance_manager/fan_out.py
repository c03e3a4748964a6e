"""Does one thing for many, some at a time, on threads that keep nobody from leaving."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")


def begin(
    function: Callable[[Item], Result], items: Sequence[Item], *, at_once: int
) -> Callable[[], list[Result]]:
    """Begin at once; the result waits for the end, and gives what came of each item, in order.

    What ``function`` raises is raised by the wait, once all have ended. The threads are daemons:
    one that waits for an engine that does not answer must not outlast the person's Ctrl-C, as those
    of an executor do.
    """
    results: dict[int, Result] = {}
    problems: list[BaseException] = []
    waiting = deque(enumerate(items))

    def work() -> None:
        while True:
            try:
                number, item = waiting.popleft()
            except IndexError:
                return
            try:
                results[number] = function(item)
            except BaseException as problem:  # told by the wait
                problems.append(problem)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(at_once, len(items)))]
    for thread in threads:
        thread.start()

    def wait() -> list[Result]:
        for thread in threads:
            thread.join()
        if problems:
            raise problems[0]
        return [results[number] for number in range(len(items))]

    return wait
