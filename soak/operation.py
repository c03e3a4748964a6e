"""What operations are made of: their type, their outcomes, and the steps that several take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine import Container
from scratch import Ended
from world import World

INTERRUPTED = 130
REFUSED = 3


class NotNow(Exception):
    """The operation makes no sense in this state."""


class Violation(Exception):
    """Something does not hold."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that may happen, how often, and whether the pool is brought in order after it.

    ``act`` does it and says in a few words what; it raises `NotNow` or `Violation`.
    """

    act: Callable[[World], str]
    weight: int = 2
    is_followed_by_up: bool = True

    @property
    def name(self) -> str:
        """What it is called."""
        return self.act.__name__


def one_of(world: World, *statuses: str) -> Container:
    """One of the pool's containers in one of these states."""
    one = world.any_container(*statuses)
    if one is None:
        raise NotNow
    return one


def note(world: World, result: Ended) -> None:
    """Keep what a command said, for whoever looks at a violation."""
    world.log.append(f"exit code {result.code}\n{result.text}")


def expect(result: Ended, *codes: int) -> None:
    """The command must have ended with one of these exit codes."""
    if result.code not in codes or "Traceback" in result.text:
        raise Violation(f"exit code {result.code} instead of {codes}\n{result.text}")


def bring_up(world: World, *options: str) -> Ended:
    """Run an `up` to its end."""
    world.sessions.look()
    result = world.pool.up(*options)
    note(world, result)
    return result
