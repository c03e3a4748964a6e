"""What the manager watches of an engine: logs and events, many streams at once, in one thread.

A `Watcher` keeps any number of streams open; one call to ``wait`` takes in what has come on any of
them. A stream that is not drained is not read any further, so that nothing grows: the engine waits
for a slow reader. Moments are nanoseconds since the epoch, by the engine's clock. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.engine.protocol.engine import Usage
    from multi_instance_manager.errors import EngineError

Item_co = TypeVar("Item_co", covariant=True)


class LogSpan(msgspec.Struct, frozen=True):
    """Which part of a log: from and until a moment, both included; ``tail`` its last lines."""

    since_ns: int | None = None
    until_ns: int | None = None
    tail: int | None = None
    follow: bool = False


class LogLine(msgspec.Struct, frozen=True):
    """One line of a container's output, without its end.

    A line that is too long to be held comes in pieces; all but the first are ``continued``.
    """

    at_ns: int
    text: str
    source: str = "stdout"
    continued: bool = False


class EngineEvent(msgspec.Struct, frozen=True):
    """Something that happened to a container; ``attributes`` hold its labels, too."""

    at_ns: int
    action: str
    container_id: str
    attributes: Mapping[str, str]


class EventStream(Protocol[Item_co]):
    """One open stream."""

    @property
    def ended(self) -> bool:
        """Whether nothing more comes; what has come can still be taken."""

    @property
    def problem(self) -> EngineError | None:
        """Why it ended, where it did not end well."""

    @property
    def quiet_s(self) -> float:
        """Seconds that were waited in vain since something came last, or since it was opened."""

    def take(self) -> Item_co | None:
        """The next thing that has come, or None where there is none now."""

    def remainder(self) -> tuple[Item_co, ...]:
        """What had begun when the stream ended: lines without an end."""

    def close(self) -> None:
        """End it from here; more than once is fine."""


class Masking(Protocol):
    """Takes secrets out of what a container wrote."""

    @property
    def longest(self) -> int:
        """The bytes of the longest secret."""

    def log_line(self, line: bytes) -> bytes:
        """A line of a log without secrets."""


class Watcher(Protocol):
    """Opens streams and waits for them. Opening raises `EngineUnreachable`.

    A refusal is the ``problem`` of the stream: `NotFound` for a container that is gone,
    `CannotBeRead` where its log driver keeps nothing that could be read.
    """

    def log(self, container_id: str, span: LogSpan, masking: Masking) -> EventStream[LogLine]:
        """A container's log: a part of it, or from there on for as long as it runs."""

    def events(
        self, labels: Mapping[str, str], since_ns: int | None, until_ns: int | None
    ) -> EventStream[EngineEvent]:
        """What happens to the containers with these labels; ends by itself at ``until_ns``."""

    def usage(self, container_id: str) -> EventStream[Usage]:
        """What a container uses, again and again: the engine measures about once a second."""

    def wait(self, timeout_s: float) -> None:
        """Take in what comes on any stream; returns at once when something has come."""

    def close(self) -> None:
        """Close every stream."""
