"""Replaces one instance so that there is always one that worked: the new one, or the old again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from multi_instance_manager.errors import (
    EngineError,
    InstanceFailed,
    ManagerError,
    NotFound,
    RollbackFailed,
    StateError,
)
from multi_instance_manager.execute.launch import create_and_start, last_lines, settle
from multi_instance_manager.execute.retry import insist, said_of
from multi_instance_manager.execute.stop_and_remove import (
    discard,
    remove,
    remove_for_good,
    save_session,
    secure_session,
    stop_gracefully,
    stop_short,
)
from multi_instance_manager.execute.wait_for_old import wait_for_old
from multi_instance_manager.fleet.container_names import aside_name_of, failed_name_of
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.plan.plan import before_renaming
from multi_instance_manager.probe.readiness import CrashLoop
from multi_instance_manager.progress import Phase

if TYPE_CHECKING:
    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.execute.launch import VerifiedLaunch
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.fleet.save_outcome import LastSave
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.plan.spec import InstanceSpec

_PATIENCE_FOR_ROLLBACK_S = 60.0
_PATIENCE_FOR_REMOVAL_S = 10.0
_REFUSALS_BEFORE_LEAVING = 3


class RolledBack(InstanceFailed):
    """The new instance failed, and the old one serves again."""


class NotBegun(InstanceFailed):
    """The person interrupted the run before this replacement had its turn."""


class Replacement:
    """One replacement, from the old container to the new one or back."""

    def __init__(
        self,
        tools: ExecutionContext,
        operation: Operation,
        spec: InstanceSpec,
        old: ObservedContainer,
    ) -> None:
        self._tools = tools
        self._operation = operation
        self._spec = spec
        self._old = old
        self._new_id: str | None = None
        self._fate = "was started again"
        self._refusals = 0
        self._left = ""
        self._unkept = ""
        self._before = before_renaming(operation, old)
        self.notes: tuple[str, ...] = ()
        self.last_save: LastSave | None = None

    def run(self) -> VerifiedLaunch:
        """Take the old instance out, try the new one, and keep whichever works."""
        with self._tools.outages.turn():
            if self._tools.stop.is_set():
                raise NotBegun("interrupted before it began")
            new_id = self._swap()
        return self._settle(new_id)

    def _swap(self) -> str:
        """From the old container to the new one: nothing serves meanwhile."""
        try:
            self._discard_leftovers()
            self._set_old_aside()
            self._new_id = create_and_start(self._tools, self._operation, self._spec)
        except Exception as failure:  # a defect of ours is no reason to leave nothing running
            self._roll_back(failure)
        return self._new_id

    def _settle(self, new_id: str) -> VerifiedLaunch:
        try:
            settled = settle(self._tools, self._operation, self._spec, new_id)
        except Exception as failure:  # as above
            self._roll_back(failure)
        self._remove_old()
        return settled

    def finish(self, new_id: str) -> VerifiedLaunch:
        """Go on where an interrupted replacement had started its new container."""
        self._new_id = new_id
        try:
            self._start_new(new_id)
        except Exception as failure:  # as above
            self._roll_back(failure)
        return self._settle(new_id)

    def _start_new(self, new_id: str) -> None:
        current = self._operation.current
        if current is not None and not current.is_up:
            with self._tools.engine_calls.turn():
                self._tools.engine.start(new_id)

    def _discard_leftovers(self) -> None:
        for leftover in self._operation.discard:
            self.notes += remove(self._tools, self._operation, leftover).notes

    def _set_old_aside(self) -> None:
        tools, old = self._tools, self._old
        secure_session(tools, self._before, old)
        self._may_have_ended = True
        ending = stop_gracefully(tools, self._before, old)
        saved = save_session(tools, self._before, ending)
        self.notes, self.last_save = self.notes + saved.notes, saved.last_save
        self.notes += self._keep_session_of_earlier_script()
        if self._is_renamed:
            tools.custodian.note_predecessor(self._spec.container_name, self._before.profile_name)
        elif old.name != aside_name_of(self._spec.container_name):
            tools.custodian.stash(self._spec.container_name, self._spec.profile_name)
            tools.engine.rename(old.container_id, aside_name_of(self._spec.container_name))

    def _keep_session_of_earlier_script(self) -> tuple[str, ...]:
        """Its copy may hold a newer session, or somebody else's: kept, and never harvested."""
        if self._old.ours is not None:
            return ()
        name, profile_name = self._spec.container_name, self._spec.profile_name
        kept = self._tools.custodian.keep_legacy(name, self._tools.pool_files.get(profile_name))
        return (
            (f"the session of the earlier script's container was kept as {kept}",) if kept else ()
        )

    def _remove_old(self) -> None:
        """The new instance is proven. A leftover that cannot go now goes at the next run.

        With ``--no-wait`` nothing is proven yet: the old one is kept until a later run has done it.
        """
        if not self._tools.settings.timeouts.wait:
            self.notes += ("its predecessor is kept, stopped, until a later `up` proves it",)
            return
        try:
            insist(self._remove_predecessor, _PATIENCE_FOR_REMOVAL_S, self._tell_trouble)
        except (EngineError, InstanceFailed, StateError) as problem:
            self.notes += (f"its predecessor is still there, and goes at the next run ({problem})",)
            return
        with suppress(StateError):  # the next run drops what is left of it
            if self._is_renamed:
                self._forget(self._before.container_name, self._before.profile_name)
            self._tools.custodian.drop_stash(self._spec.container_name)

    @property
    def _is_renamed(self) -> bool:
        """Whether the old container has the profile's name from before, which it keeps."""
        return self._before is not self._operation

    def _remove_predecessor(self) -> None:
        if self._is_renamed:
            self.notes += remove_for_good(self._tools, self._before, self._old).notes
            return
        with self._tools.engine_calls.turn():
            self._tools.engine.remove(self._old.container_id)

    def _roll_back(self, failure: Exception) -> NoReturn:
        """Bring back the old instance; always raises, with what failed."""
        reason = said_of(failure)
        self._tools.tell(self._operation, Phase.ROLLING_BACK, reason)
        tail = getattr(failure, "log_tail", ())
        if self._new_id and not tail:
            tail = last_lines(self._tools, self._new_id)
        try:
            insist(self._undo, _PATIENCE_FOR_ROLLBACK_S, self._tell_trouble)
        except Exception as second:  # both are told, whatever they are
            raise RollbackFailed(
                f"{reason}; and its predecessor could not be brought back: {said_of(second)}; "
                f"it is container {self._old.container_id[:12]} (docker ps -a), and the next run "
                "tries again",
                tail,
            ) from second
        told = f"{reason}; its predecessor {self._fate}{self._left}{self._unkept}"
        raise RolledBack(told, tail) from failure

    def _tell_trouble(self, trouble: str) -> None:
        self._tools.tell(self._operation, Phase.ROLLING_BACK, trouble)

    def _undo(self) -> None:
        """Can be done again from any point at which it was cut short."""
        self._remove_new()
        self._restore_old()

    def _remove_new(self) -> None:
        """Remove what this replacement made, even where the engine's answer to that was lost.

        Never somebody else's container, whatever its name.
        """
        tools, spec = self._tools, self._spec
        for container in tools.engine.list_containers():
            made_here = container.ours and container.ours.identity == spec.identity
            if container.container_id == self._new_id or (
                made_here
                and container.name == spec.container_name
                and container.container_id != self._old.container_id
            ):
                self._discard_new(container)

    def _discard_new(self, container: ObservedContainer) -> None:
        """Remove it; one that the engine cannot remove keeps the old one from serving no longer.

        An engine that was restarted in a bad moment can hold on to a container's files.
        """
        try:
            self.notes += discard(self._tools, self._operation, container)
        except EngineError as problem:
            self._refusals += 1
            if self._refusals < _REFUSALS_BEFORE_LEAVING:
                raise
            self._leave(container, problem)

    def _leave(self, container: ObservedContainer, problem: EngineError) -> None:
        """Put what failed, and does not run, out of the way, under a name of its own."""
        engine = self._tools.engine
        name = failed_name_of(self._spec.container_name, container.container_id)
        if container.name == name:
            return
        with suppress(NotFound):
            if engine.status(container.container_id).state.is_up:
                raise problem
            engine.rename(container.container_id, name)
        self._left = f"; what failed could not be removed, and is left as {name} ({problem})"

    def _restore_old(self) -> None:
        tools, spec, old = self._tools, self._spec, self._old
        if not self._is_renamed:
            self._put_files_back()
        standing = {c.container_id: c for c in tools.engine.list_containers()}
        found = standing.get(old.container_id)
        if found is None:
            raise NotFound(f"container {spec.container_name}", "its predecessor is gone")
        if found.name != self._before.container_name:
            tools.engine.rename(old.container_id, self._before.container_name)
        if self._is_renamed:
            self._forget_new()
        try:
            self._start_old(found)
            if wait_for_old(tools, self._operation, old):
                self._fate = "serves again"
        except ManagerError as failure:
            if isinstance(failure, CrashLoop):
                stop_short(tools, self._operation, old.container_id)
            if old.is_up:
                raise
            self._fate = "did not run before, and does not now"

    def _start_old(self, found: ObservedContainer) -> None:
        """Start it; if it still runs, its application may have been asked to end and have ended."""
        if self._may_have_ended and found.is_up:
            stop_gracefully(self._tools, self._before, found)
        with self._tools.engine_calls.turn():
            if found.state is ContainerState.PAUSED and not self._may_have_ended:
                self._tools.engine.unpause(found.container_id)
            self._tools.engine.start(found.container_id)

    def _put_files_back(self) -> None:
        custodian = self._tools.custodian
        names = self._spec.container_name, self._spec.profile_name
        try:
            custodian.unstash(*names)
            custodian.clear_strangers(*names)
        except StateError as problem:  # better served with what lies there than not at all
            self.notes += (f"its private files could not all be put back: {problem}",)

    def _forget_new(self) -> None:
        """Forget what failed under its new name.

        What cannot be kept stays, and with it the note of its predecessor, by which the next run
        recognises the profile.
        """
        name, profile_name = self._spec.container_name, self._spec.profile_name
        try:
            self._forget(name, profile_name)
        except StateError as problem:
            copy = self._tools.layout.copy(name, profile_name)
            self._unkept = f"; what it had saved stays in {copy} ({problem})"

    def _forget(self, container_name: str, profile_name: str) -> None:
        pool_file = self._tools.pool_files.get(profile_name)
        self._tools.custodian.forget(container_name, profile_name, pool_file)
