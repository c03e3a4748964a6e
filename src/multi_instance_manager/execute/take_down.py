"""Stops and removes containers, always gracefully and never before their session is harvested."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.custody_state import Fate
from multi_instance_manager.errors import Conflict, NotFound, StateError
from multi_instance_manager.events import Phase
from multi_instance_manager.lost_copy import put_back
from multi_instance_manager.observed import ContainerState

if TYPE_CHECKING:
    from multi_instance_manager.execute.tools import Tools
    from multi_instance_manager.observed import ObservedContainer
    from multi_instance_manager.plan import Operation


SHORT_STOP_S = 10.0


def stop_gracefully(
    tools: Tools,
    operation: Operation,
    container: ObservedContainer,
    *,
    at_most_s: float = float("inf"),
) -> None:
    """Give the application time for its shutdown save.

    A paused container cannot save: it is let go on first.
    """
    if not container.is_up:
        return
    tools.tell(operation, Phase.STOPPING)
    with tools.engine_calls:
        if container.state is ContainerState.PAUSED:
            tools.engine.unpause(container.container_id)
        timeout_s = min(tools.settings.patience.stop_timeout_s, at_most_s)
        tools.engine.stop(container.container_id, timeout_s=timeout_s)


def secure_session(tools: Tools, operation: Operation, container: ObservedContainer) -> None:
    """Before a stop: the application saves in place, over whatever the copy holds now."""
    if container.ours is None:
        return
    recover_lost_copy(tools, operation, container)
    name, profile_name = operation.container_name, operation.profile_name
    copy = tools.layout.copy(name, profile_name)
    tools.custodian.keep_if_unsaved(name, copy, tools.pool_files.get(profile_name))


def recover_lost_copy(tools: Tools, operation: Operation, container: ObservedContainer) -> None:
    """Put back a copy that is gone.

    Where the state folder was lost or moved, the running container has it still. Where it has not,
    the application has deleted it: the last version is put back, so that it has one to save into.
    """
    name, profile_name = operation.container_name, operation.profile_name
    copy = tools.layout.copy(name, profile_name)
    if container.ours and container.is_up and not os.path.lexists(copy):
        inside = f"{tools.settings.application.paths.active_dir}/{profile_name}.json"
        found = tools.engine.read_live_file(container.container_id, inside)
        if found is not None:
            tools.custodian.recover_copy(name, profile_name, found.content, found.modified_at)
    pool_file = tools.pool_files.get(profile_name)
    if container.ours and pool_file is not None and os.path.lexists(pool_file):
        note = put_back(tools.layout, name, profile_name, pool_file)
        if note is not None:
            tools.remark(operation, note)


class SavedSession(msgspec.Struct, frozen=True):
    """What became of a session, and that in words where there is something to say."""

    fate: Fate
    note: str | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """The words, for a report."""
        return (self.note,) if self.note else ()


def save_session(tools: Tools, operation: Operation) -> SavedSession:
    """Carry the session of the operation's instance back to the pool.

    Its owner may have taken the profile out of the pool during the run.
    """
    pool_file = tools.pool_files.get(operation.profile_name)
    if pool_file is None or not os.path.lexists(pool_file):
        return _keep_orphaned_session(tools, operation)
    result = tools.custodian.harvest(operation.container_name, operation.profile_name, pool_file)
    if result.note:
        tools.tell(operation, Phase.HARVESTED, result.note)
    return SavedSession(result.fate, result.note)


def harvest(tools: Tools, operation: Operation) -> tuple[str, ...]:
    """Carry the session of the operation's instance back to the pool; gives notes for people."""
    return save_session(tools, operation).notes


def harvest_if_possible(tools: Tools, operation: Operation) -> tuple[str, ...]:
    """Harvest an instance that stays; where the pool cannot be written, its copy still has it."""
    try:
        return harvest(tools, operation)
    except StateError as problem:
        return (f"its refreshed session could not be saved to the pool yet: {problem}",)


def _keep_orphaned_session(tools: Tools, operation: Operation) -> SavedSession:
    """The profile is gone from the pool: its last session goes to the history alone."""
    copy = tools.layout.copy(operation.container_name, operation.profile_name)
    kept = tools.custodian.keep_copy(operation.container_name, copy)
    if kept is None:
        return SavedSession(Fate.NO_COPY)
    return SavedSession(Fate.KEPT, f"its last session was kept as {kept}")


def remove(tools: Tools, operation: Operation, container: ObservedContainer) -> tuple[str, ...]:
    """Stop, harvest, remove: the way of every container that is not wanted any more."""
    with suppress(NotFound):  # gone already: what it left is harvested all the same
        secure_session(tools, operation, container)
        stop_gracefully(tools, operation, container)
    notes = harvest(tools, operation)
    if not _is_removed(tools, operation, container):
        notes += harvest(tools, operation)
        _remove_now(tools, container)
    return notes


def _is_removed(
    tools: Tools,
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


def _remove_now(tools: Tools, container: ObservedContainer) -> None:
    with tools.engine_calls:
        tools.engine.remove(container.container_id)


def discard(tools: Tools, operation: Operation, container: ObservedContainer) -> tuple[str, ...]:
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
