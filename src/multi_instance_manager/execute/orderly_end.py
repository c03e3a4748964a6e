"""How one running application ends: asked, waited for, its session held, its container stopped.

Waiting takes no turn at the engine, so that all who end together wait together.
"""

from __future__ import annotations

import time
from contextlib import closing, nullcontext, suppress
from typing import TYPE_CHECKING

from multi_instance_manager.application.held_login import has_login
from multi_instance_manager.errors import EngineError, StateError
from multi_instance_manager.execute.ask_to_end import asked_to_end, end_successor, no_successor
from multi_instance_manager.execute.copy_watch import CopyWatch
from multi_instance_manager.progress import Phase
from multi_instance_manager.sessions.last_save import EndedHow, Ending

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from multi_instance_manager.execute.ask_to_end import EndRequest
    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.plan.plan import Operation

_LOOK_EVERY_S = 0.1
# Of the whole time, what the engine's stop has at the end; no more than a tenth of it.
_FOR_THE_STOP_S = 1.0
_LEAST_S = 1.0
# How long a supervisor has to end itself, once the application has saved.
_SUPERVISOR_S = 10.0
# The engine passes a signal on in less; from then on it waits for the application.
_ASKING_COUNTS_FOR_S = 0.1
# An application that has ended leaves the engine's own work, which takes less.
_STOPPING_COUNTS_FOR_S = 0.25
_KILLED = 137
_ASKED_BEFORE = {EndedHow.BY_ITSELF, EndedHow.TIME_RAN_OUT}
# A hung application is told of meanwhile, not only once its time is over.
_TELL_EVERY_S = 5.0


class OrderlyEnd:
    """The end of a running container, within ``timeout_s``; ``copy`` is where it saves."""

    def __init__(
        self,
        tools: ExecutionContext,
        operation: Operation,
        container_id: str,
        copy: Path,
        timeout_s: float,
    ) -> None:
        self._tools = tools
        self._operation = operation
        self._container_id = container_id
        self._deadline = time.monotonic() + timeout_s
        self._for_the_stop_s = min(_FOR_THE_STOP_S, timeout_s / 10)
        self._copy = CopyWatch(copy)
        self._how = EndedHow.NO_MAIN_PROCESS
        self._has_ended = False

    def end(self) -> Ending:
        """All of it; raises `EngineError` where the container could not be stopped."""
        self._how = self._ask_and_wait()
        if self._how is EndedHow.BY_ITSELF:
            self._hold()
        self._stop()
        return self.ended()

    def ended(self) -> Ending:
        """What was seen, once the container is stopped; what it saved is whole from now on."""
        if self._how is EndedHow.BY_ITSELF:
            with suppress(StateError):  # the history has it
                self._copy.put_back(self._has_lost_login)
        has_written = self._copy.has_changed
        may_lack = self._how is not EndedHow.BY_ITSELF and not has_written
        return Ending(
            self._how,
            has_written,
            killed=may_lack and self._was_killed(),
            lacks_save=self._lacks_save(),
            was_proven=self._container_id in self._tools.proven_at,
        )

    def _lacks_save(self) -> bool:
        """Whether it should have saved: a definition says what the application's save writes."""
        saves = self._tools.settings.application.save is not None
        return saves and self._how is EndedHow.BY_ITSELF and not self._copy.was_written

    def _ask_and_wait(self) -> EndedHow:
        asked = asked_to_end(self._tools, self._container_id, within_s=self._left_s())
        if isinstance(asked, EndedHow):
            return asked
        self._tools.tell(self._operation, Phase.STOPPING, "waiting for its last save")
        with closing(asked):
            return self._wait(asked)

    def _wait(self, asked: EndRequest) -> EndedHow:
        tell_below_s = self._left_s() - _TELL_EVERY_S
        while (left_s := self._left_s()) > 0:
            if left_s < tell_below_s:
                tell_below_s = left_s - _TELL_EVERY_S
                said = f"has not saved and ended yet; it is killed in {left_s:.0f} s"
                self._tools.tell(self._operation, Phase.STOPPING, said)
            self._has_ended = asked.has_ended(within_s=min(left_s, _LOOK_EVERY_S))
            if self._has_ended or self._copy.is_saved():
                return EndedHow.BY_ITSELF
        return EndedHow.TIME_RAN_OUT

    def _left_s(self) -> float:
        return self._deadline - self._for_the_stop_s - time.monotonic()

    def _hold(self) -> None:
        """Into the history at once: a manager that is killed now must not cost the session."""
        saved = self._copy.hold()
        if self._has_ended:
            end_successor(self._tools, self._container_id)
        if saved is not None:
            with suppress(StateError):
                self._tools.custodian.keep_version(self._operation.container_name, saved)

    def _stop(self) -> None:
        was_asked = self._how in _ASKED_BEFORE
        counts_for_s = _STOPPING_COUNTS_FOR_S if was_asked else _ASKING_COUNTS_FOR_S
        with self._tools.engine_calls.turn(counts_for_s=counts_for_s), self._alone():
            left_s = max(self._deadline - time.monotonic(), _LEAST_S)
            timeout_s = min(left_s, _SUPERVISOR_S) if was_asked else left_s
            self._tools.engine.stop(self._container_id, timeout_s=timeout_s)

    def _alone(self) -> AbstractContextManager[None]:
        """With what has ended, and with nothing that its supervisor begins in its place."""
        if not self._has_ended:
            return nullcontext()
        return no_successor(self._tools, self._container_id)

    def _was_killed(self) -> bool:
        with suppress(EngineError):
            return self._tools.engine.status(self._container_id).exit_code == _KILLED
        return False

    def _has_lost_login(self, before: bytes, after: bytes) -> bool:
        login, now = self._tools.settings.application.login, time.time()
        return has_login(before, login, now=now) and not has_login(after, login, now=now)
