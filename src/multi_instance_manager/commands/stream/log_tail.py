"""One container's log, read on across everything that ends a stream: stops, restarts, engines.

A log is first read as far as it goes (catching up: other logs wait for it, so that old lines are
merged exactly), then followed while the container runs, then read to its end once more, because an
engine may end a stream before the last line.
"""

from __future__ import annotations

import time
from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING

from multi_instance_manager.commands.stream.log_position import Position
from multi_instance_manager.errors import EngineError, EngineTimeout, EngineUnreachable, NotFound

if TYPE_CHECKING:
    from multi_instance_manager.commands.stream.watched_instances import Instance
    from multi_instance_manager.engine.protocol.watcher import (
        EventStream,
        LogLine,
        LogSpan,
        Masking,
        Watcher,
    )

STALLED_S = 5.0
HOLD_S = 0.1


class TailPhase(Enum):
    """What a tail is doing; UNSURE and LOST wait for a look at the fleet, RESTING for a start."""

    CATCHING_UP = auto()
    FOLLOWING = auto()
    UNSURE = auto()
    LOST = auto()
    RESTING = auto()
    DONE = auto()


class Tail:
    """The log of one container. ``head`` is its next line, None where there is none now."""

    def __init__(self, instance: Instance, span: LogSpan, longest_quiet_s: float = 60.0) -> None:
        self.instance = instance
        self.phase = TailPhase.UNSURE
        self.problem: EngineError | None = None
        self._follow = span.follow
        self._longest_quiet_s = longest_quiet_s
        self._position = Position(span)
        self._watch: EventStream[LogLine] | None = None
        self._lines: deque[LogLine] = deque()
        self._pulled_at = 0.0
        self._last_words: tuple[LogLine, ...] = ()
        self._is_unknown = False

    @property
    def head(self) -> LogLine | None:
        """The next line."""
        return self._lines[0] if self._lines else None

    @property
    def must_be_waited_for(self) -> bool:
        """Whether an older line than any other's may come from here."""
        if self._lines or self.phase is not TailPhase.CATCHING_UP or self._watch is None:
            return False
        return not self._follow or self._watch.quiet_s < STALLED_S

    def is_due(self, now_ns: int) -> bool:
        """Whether its head may go: live lines wait a moment for others that are on their way."""
        if self.phase is not TailPhase.FOLLOWING:
            return True
        is_old = now_ns - self._lines[0].at_ns >= HOLD_S * 10**9
        return is_old or time.monotonic() - self._pulled_at >= HOLD_S

    def pop(self) -> LogLine:
        """Take the head away."""
        return self._lines.popleft()

    def look(self, instance: Instance | None, watcher: Watcher, masking: Masking) -> None:
        """The fleet was looked at: go on where that is due. None: the container is gone."""
        self.instance = instance or self.instance
        if instance is None and self._is_unknown:
            self.phase = TailPhase.DONE
            self._say_last_words(self._last_words)
        elif self.phase in {TailPhase.UNSURE, TailPhase.LOST} or (
            self.phase is TailPhase.RESTING and instance is not None and instance.runs
        ):
            self._read(watcher, masking, TailPhase.CATCHING_UP)
        elif self.phase is TailPhase.RESTING and instance is None:
            self.phase = TailPhase.DONE

    def advance(self, watcher: Watcher, masking: Masking) -> None:
        """Pull the lines that have come, and go on where the stream has ended."""
        if self._lines or self._watch is None:
            return
        while (line := self._watch.take()) is not None:
            if self._position.is_new(line):
                self._lines.append(line)
        self._pulled_at = time.monotonic()
        if self._lines:
            return
        if self._watch.ended:
            self._go_on(self._watch, watcher, masking)
        elif self.phase is TailPhase.CATCHING_UP and self._watch.quiet_s >= self._longest_quiet_s:
            self.close()
            self._fail(EngineTimeout("reading its log", "the engine does not go on"))

    def close(self) -> None:
        """End the stream."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _read(self, watcher: Watcher, masking: Masking, phase: TailPhase) -> None:
        self.close()
        self.phase = TailPhase.LOST
        self._is_unknown = False
        span = self._position.resume(follow=phase is TailPhase.FOLLOWING)
        self._watch = watcher.log(self.instance.container_id, span, masking)
        self.phase = phase

    def _go_on(self, ended: EventStream[LogLine], watcher: Watcher, masking: Masking) -> None:
        self._watch = None
        if ended.problem is not None:
            self._fail(ended.problem)
        elif self.phase is TailPhase.FOLLOWING:
            self.phase = TailPhase.UNSURE
            self._last_words = ended.remainder()
        elif self._follow and self.instance.runs:
            self._read(watcher, masking, TailPhase.FOLLOWING)
        else:
            self.phase = TailPhase.RESTING if self._follow else TailPhase.DONE
            self._say_last_words(ended.remainder())

    def _fail(self, problem: EngineError) -> None:
        if self._follow and isinstance(problem, EngineUnreachable | EngineTimeout):
            self.phase = TailPhase.LOST
        elif self._follow and isinstance(problem, NotFound):
            # Gone; or so new that the engine lists it and does not know it by its ID yet.
            self.phase, self._is_unknown = TailPhase.UNSURE, True
        else:
            self.phase = TailPhase.DONE
            self.problem = None if isinstance(problem, NotFound) else problem

    def _say_last_words(self, words: tuple[LogLine, ...]) -> None:
        self._lines.extend(line for line in words if self._position.is_new(line))
