"""Summarises what a log says of an instance: standing problems and restarts. Pure.

A problem stands until the instance is ready again, or a line says that it is over. An instance that
is signed out at its start restarts for ever: the problem stands although it has restarted since.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.application.verdict import Meaning
from multi_instance_manager.vitals.served_requests import served_ends

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from multi_instance_manager.application.verdict import Verdict
    from multi_instance_manager.vitals.log_marks import LogMark

# The time of being ready that ends earlier problems: one round of a slow loop takes 50 s.
GOOD_STRETCH_S = 60.0
# A faster loop is over sooner: once it has been ready for this many of its rounds.
_GOOD_ROUNDS = 3
_LEAST_STRETCH_S = 5.0
# A run that lasts longer than this without being ready hangs: it is no loop.
_LONGEST_ROUND_S = 300.0
_CLEARING = {Meaning.READY, Meaning.RECOVERED}
_REASON = re.compile(r"\(([^();]{1,80}+)[^()]*+\)[^()]*+$")


class LogStory(msgspec.Struct, frozen=True):
    """The summary of one container's log; times in seconds since the epoch.

    ``telling`` is the last line with a problem that still stands. ``rounds`` are the starts of its
    main process (or its ends, if the log has no starts) since it was last ready for long enough.
    ``ended_as`` is how it last ended, such as ``exit status 1``.
    """

    telling: LogMark | None = None
    rounds: tuple[float, ...] = ()
    began_at: float | None = None
    ended_as: str = ""
    ended_at: float | None = None
    well_until: float | None = None

    @property
    def verdict(self) -> Verdict | None:
        """Return the verdict of the telling line."""
        return self.telling.meaning.verdict if self.telling else None


def story_of(marks: Sequence[LogMark], *, since: float, now: float) -> LogStory:
    """Summarise the log of a container that was started at ``since``.

    Earlier lines count only for how long it was well then.
    """
    # Podman's times are whole seconds, so a line of the start's own second counts.
    own = [mark for mark in marks if mark.at >= since or mark.at == int(since)]
    well_until = max(_good_stretches(marks, now, _long_enough_s(own)), default=None)
    endings = [mark for mark in own if mark.meaning is Meaning.ENDED]
    begins = [mark.at for mark in own if mark.meaning is Meaning.BEGAN]
    last = endings[-1] if endings else None
    return LogStory(
        telling=_telling(own),
        rounds=_rounds(begins, [mark.at for mark in endings], well_until or 0.0, now),
        began_at=begins[-1] if begins else None,
        ended_as=_reason_of(last.line) if last else "",
        ended_at=last.at if last else None,
        well_until=well_until,
    )


def _telling(marks: Sequence[LogMark]) -> LogMark | None:
    over: set[Meaning] = set()
    served = served_ends(marks)
    for place in range(len(marks) - 1, -1, -1):
        mark = marks[place]
        if place in served or (mark.meaning in _CLEARING and not mark.ends):
            return None
        over.update(mark.ends)
        if mark.meaning.verdict is not None and mark.meaning not in over:
            return mark
    return None


def _long_enough_s(marks: Sequence[LogMark]) -> float:
    """Return how long it must be ready now, by the length of the rounds before."""
    moments = [mark.at for mark in marks if mark.meaning in {Meaning.BEGAN, Meaning.ENDED}]
    longest = max((later - one for one, later in pairwise(moments)), default=GOOD_STRETCH_S)
    return min(max(_GOOD_ROUNDS * longest, _LEAST_STRETCH_S), GOOD_STRETCH_S)


def _good_stretches(marks: Sequence[LogMark], now: float, long_enough_s: float) -> Iterator[float]:
    """Return the end of each long enough time of being ready; ``now`` for a current one."""
    ready_at: float | None = None
    for mark in marks:
        if mark.meaning is Meaning.READY:
            ready_at = mark.at if ready_at is None else ready_at
        elif mark.meaning in {Meaning.BEGAN, Meaning.ENDED} and ready_at is not None:
            if mark.at - ready_at >= GOOD_STRETCH_S:
                yield mark.at
            ready_at = None
    if ready_at is not None and now - ready_at >= long_enough_s:
        yield now


def _rounds(
    begins: Sequence[float], endings: Sequence[float], well_until: float, now: float
) -> tuple[float, ...]:
    """Return the rounds of a current loop, by its starts, or by its ends if there are more.

    An instance that ends before it can log its start has only ends.
    """
    candidates = (_in_a_row(moments, well_until, now) for moments in (begins, endings))
    return max(candidates, key=len)


def _in_a_row(moments: Sequence[float], well_until: float, now: float) -> tuple[float, ...]:
    row: list[float] = []
    later = now
    for moment in reversed(moments):
        if moment < well_until or later - moment > _LONGEST_ROUND_S:
            break
        row.append(moment)
        later = moment
    return tuple(reversed(row))


def _reason_of(line: str) -> str:
    """Return how a supervisor says that a program ended: in brackets, before a semicolon."""
    found = _REASON.search(line)
    return found[1].strip() if found else ""
