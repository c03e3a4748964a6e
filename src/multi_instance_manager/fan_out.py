"""Runs a function on many items, some at a time, on threads that do not block the exit."""

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
    """Start at once; the returned function waits for the end and returns the results, in order.

    It raises what ``function`` raises, once all have ended. The threads are daemons: a thread that
    waits for an engine without an answer must not outlast Ctrl-C, as an executor's would.
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
            except BaseException as problem:  # raised by the wait
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
