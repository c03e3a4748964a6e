"""How far a log has been read, so that reading goes on there: nothing lost, nothing twice. Pure.

The engine resumes by moment, and writes the lines of the two outputs slightly out of order. So a
little of what was read already is asked for again, and left out when it comes.
"""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from multi_instance_manager.engine.protocol.watcher import LogLine, LogSpan

_REMEMBERED = 512
_TOO_MANY = 128  # those that are forgotten at once, and not one at each line
_OUT_OF_ORDER = 64
_LATEST_NS = 2**63 - 1  # a clock that is off by centuries
_OUT_OF_ORDER_NS = 10**8


class Position:
    """A place in one container's log; before the first line it is the span asked for."""

    def __init__(self, span: LogSpan) -> None:
        self._span = span
        # Plain numbers: a hundred logs are followed for days, each with this much to remember.
        self._read: array[int] = array("q")
        self._repeated: Counter[int] = Counter()

    def resume(self, *, follow: bool) -> LogSpan:
        """What to ask the engine for now; hand what comes to `is_new`."""
        self._repeated.clear()
        if not self._read:
            return replace(self._span, follow=follow)
        since_ns = self._safe_moment()
        self._repeated.update(at_ns for at_ns in self._remembered() if at_ns >= since_ns)
        return replace(self._span, since_ns=since_ns, tail=None, follow=follow)

    def _safe_moment(self) -> int:
        """Early enough for lines that come late, and not before what is still remembered."""
        read = self._remembered()
        newest = min(read[-_OUT_OF_ORDER:])
        since_ns = newest - _OUT_OF_ORDER_NS
        if self._span.tail is not None:  # what was not asked for stays out
            since_ns = max(since_ns, min(read))
        if len(read) == _REMEMBERED:
            since_ns = max(since_ns, min(newest, max(read[:_OUT_OF_ORDER]) + 1))
        return max(since_ns, self._span.since_ns or 0)

    def is_new(self, line: LogLine) -> bool:
        """Whether the line was not read before; it is from now on."""
        at_ns = min(line.at_ns, _LATEST_NS)
        if self._repeated[at_ns] > 0:
            self._repeated[at_ns] -= 1
            return False
        self._read.append(at_ns)
        if len(self._read) > _REMEMBERED + _TOO_MANY:
            del self._read[:-_REMEMBERED]
        return True

    def _remembered(self) -> list[int]:
        return list(self._read[-_REMEMBERED:])
