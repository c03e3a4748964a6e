"""Stops and removes containers, always gracefully and never before their session is harvested."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.errors import Conflict, EngineError, NotFound, StateError
from multi_instance_manager.execute.copy_not_taken import keep_what_was_not_taken
from multi_instance_manager.execute.detached import bring_in, place_of_copy
from multi_instance_manager.execute.orderly_end import OrderlyEnd
from multi_instance_manager.execute.reopen import open_copy
from multi_instance_manager.execute.saved_session import SavedSession
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.progress import Phase
from multi_instance_manager.sessions.last_save import last_save_of
from multi_instance_manager.sessions.lost_copy import put_back, recover_copy
from multi_instance_manager.sessions.sync_state import NOT_TAKEN, SyncOutcome

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.sessions.last_save import Ending


SHORT_STOP_S = 10.0


def stop_gracefully(
    tools: ExecutionContext,
    operation: Operation,
    container: ObservedContainer,
    *,
    at_most_s: float = float("inf"),
) -> Ending | None:
    """Let the application save and end, then stop its container; None for one that does not run.

    A paused container cannot save: it is let go on first. All of it takes ``--stop-timeout`` at
    most, beside what the engine needs itself. An engine whose answer was lost may have stopped it
    all the same: that is looked at.
    """
    if not container.is_up:
        return None
    tools.tell(operation, Phase.STOPPING)
    if container.state is ContainerState.PAUSED:
        with tools.engine_calls.turn():
            tools.engine.unpause(container.container_id)
    timeout_s = min(tools.settings.timeouts.stop_timeout_s, at_most_s)
    copy = _where_it_saves(tools, operation, container)
    farewell = OrderlyEnd(tools, operation, container.container_id, copy, timeout_s)
    ending = _ended(tools, container, farewell)
    bring_in(tools, operation, container)
    return ending


def _ended(tools: ExecutionContext, container: ObservedContainer, farewell: OrderlyEnd) -> Ending:
    try:
        return farewell.end()
    except NotFound:
        raise
    except EngineError:
        if _is_up(tools, container.container_id):
            raise
        return farewell.ended()


def _where_it_saves(
    tools: ExecutionContext, operation: Operation, container: ObservedContainer
) -> Path:
    """The earlier script's containers have a file of their own."""
    if container.ours is None:
        return tools.layout.legacy_copy(operation.container_name)
    elsewhere = place_of_copy(tools, operation, container)
    return elsewhere or tools.layout.copy(operation.container_name, operation.profile_name)


def stop_short(tools: ExecutionContext, operation: Operation, container_id: str) -> None:
    """Stop an instance that keeps crashing: it has had no time to refresh much."""
    tools.tell(operation, Phase.STOPPING)
    copy = tools.layout.copy(operation.container_name, operation.profile_name)
    OrderlyEnd(tools, operation, container_id, copy, SHORT_STOP_S).end()


def _is_up(tools: ExecutionContext, container_id: str) -> bool:
    """Whether it runs, as the engine lists it now; where that is not to be had, it may."""
    try:
        standing = {c.container_id: c for c in tools.engine.list_containers()}
    except EngineError:
        return True
    return container_id in standing and standing[container_id].is_up


def secure_session(
    tools: ExecutionContext, operation: Operation, container: ObservedContainer
) -> None:
    """Before a stop: the application saves in place, over whatever the copy holds now."""
    if container.ours is None:
        return
    recover_lost_copy(tools, operation, container)
    name, profile_name = operation.container_name, operation.profile_name
    copy = tools.layout.copy(name, profile_name)
    tools.custodian.keep_if_unsaved(name, copy, tools.pool_files.get(profile_name))


def recover_lost_copy(
    tools: ExecutionContext, operation: Operation, container: ObservedContainer
) -> None:
    """Put back a copy that is gone.

    Where the state folder was lost or moved, the running container has it still. Where it has not,
    the application has deleted it: the last version is put back, so that it has one to save into.
    One in a folder that its container has closed is not gone.
    """
    open_copy(tools, operation)
    name, profile_name = operation.container_name, operation.profile_name
    copy = tools.layout.copy(name, profile_name)
    bring_in(tools, operation, container)
    if container.ours and container.is_up and not os.path.lexists(copy):
        inside = f"{tools.settings.application.paths.active_dir}/{profile_name}.json"
        found = tools.engine.read_live_file(container.container_id, inside)
        if found is not None:
            recover_copy(tools.layout, name, profile_name, found)
    pool_file = tools.pool_files.get(profile_name)
    if container.ours and pool_file is not None and os.path.lexists(pool_file):
        note = put_back(tools.layout, name, profile_name, pool_file, tools.custodian.holds_login)
        if note is not None:
            tools.remark(operation, note)


def save_session(
    tools: ExecutionContext, operation: Operation, ending: Ending | None = None
) -> SavedSession:
    """Carry the session of the operation's instance back to the pool.

    Its owner may have taken the profile out of the pool during the run. With the ``ending`` of its
    stop, the last save is judged, too.
    """
    saved = _harvested(tools, operation)
    last_save = last_save_of(ending, saved.fate) if ending else None
    return replace(saved, last_save=last_save)


def save_if_possible(
    tools: ExecutionContext, operation: Operation, ending: Ending | None = None
) -> SavedSession:
    """The same for an instance that stays; where the pool cannot be written, its copy has it."""
    try:
        return save_session(tools, operation, ending)
    except StateError as problem:
        note = f"its refreshed session could not be saved to the pool yet: {problem}"
        return SavedSession(None, note, last_save_of(ending, None) if ending else None)


def _harvested(tools: ExecutionContext, operation: Operation) -> SavedSession:
    open_copy(tools, operation)
    pool_file = tools.pool_files.get(operation.profile_name)
    if pool_file is None or not os.path.lexists(pool_file):
        return _keep_orphaned_session(tools, operation)
    result = tools.custodian.harvest(operation.container_name, operation.profile_name, pool_file)
    if result.note:
        tools.tell(operation, Phase.HARVESTED, result.note)
    return SavedSession(result.fate, result.note)


def harvest(tools: ExecutionContext, operation: Operation) -> tuple[str, ...]:
    """Carry the session of the operation's instance back to the pool; gives notes for people."""
    return save_session(tools, operation).notes


def harvest_if_possible(tools: ExecutionContext, operation: Operation) -> tuple[str, ...]:
    """The same for an instance that stays."""
    return save_if_possible(tools, operation).notes


def _keep_orphaned_session(tools: ExecutionContext, operation: Operation) -> SavedSession:
    """The profile is gone from the pool: its last session goes to the history alone."""
    copy = tools.layout.copy(operation.container_name, operation.profile_name)
    kept = tools.custodian.keep_copy(operation.container_name, copy)
    if kept is None:
        return SavedSession(SyncOutcome.NO_COPY)
    return SavedSession(SyncOutcome.KEPT, f"its last session was kept as {kept}")


def remove(
    tools: ExecutionContext, operation: Operation, container: ObservedContainer
) -> SavedSession:
    """Stop, harvest, remove: the way of every container that is not wanted any more."""
    saved = _stopped_and_saved(tools, operation, container)
    return _removed(tools, operation, container, saved)


def remove_for_good(
    tools: ExecutionContext, operation: Operation, container: ObservedContainer
) -> SavedSession:
    """The same for one whose private files go with it.

    A copy that the pool cannot take goes into the history before; raises `InstanceFailed` where
    that cannot be done, and the container stays.
    """
    saved = _stopped_and_saved(tools, operation, container)
    if saved.fate in NOT_TAKEN:
        saved = keep_what_was_not_taken(tools, operation, saved)
    return _removed(tools, operation, container, saved)


def _stopped_and_saved(
    tools: ExecutionContext, operation: Operation, container: ObservedContainer
) -> SavedSession:
    ending = None
    with suppress(NotFound):  # gone already: what it left is harvested all the same
        secure_session(tools, operation, container)
        ending = stop_gracefully(tools, operation, container)
    return save_session(tools, operation, ending)


def _removed(
    tools: ExecutionContext,
    operation: Operation,
    container: ObservedContainer,
    saved: SavedSession,
) -> SavedSession:
    if not _is_removed(tools, operation, container):
        saved = _with_note_of(saved, save_session(tools, operation))
        _remove_now(tools, container)
    return saved


def _with_note_of(saved: SavedSession, later: SavedSession) -> SavedSession:
    """One that ran after all was harvested once more."""
    notes = dict.fromkeys(note for note in (saved.note, later.note) if note)
    return replace(saved, fate=later.fate, note="; ".join(notes) or None)


def _is_removed(
    tools: ExecutionContext,
    operation: Operation,
    container: ObservedContainer,
    *,
    at_most_s: float = float("inf"),
) -> bool:
    """Remove it. One that runs after all is stopped, and False is given: it may have saved.

    The engine goes on with the start that a killed manager had asked for.
    """
    try:
        _remove_now(tools, container)
    except Conflict:
        running = replace(container, state=ContainerState.RUNNING)
        with suppress(NotFound):  # gone by now
            stop_gracefully(tools, operation, running, at_most_s=at_most_s)
        return False
    return True


def _remove_now(tools: ExecutionContext, container: ObservedContainer) -> None:
    with tools.engine_calls.turn():
        tools.engine.remove(container.container_id)


def discard(
    tools: ExecutionContext, operation: Operation, container: ObservedContainer
) -> tuple[str, ...]:
    """Remove a new container that failed. It has had no time to refresh much: it is given less.

    Its copy stays in use: where it cannot be harvested, nothing is lost.
    """
    with suppress(NotFound):  # as above
        stop_gracefully(tools, operation, container, at_most_s=SHORT_STOP_S)
    notes = harvest_if_possible(tools, operation)
    if not _is_removed(tools, operation, container, at_most_s=SHORT_STOP_S):
        notes += harvest_if_possible(tools, operation)
        _remove_now(tools, container)
    return notes
