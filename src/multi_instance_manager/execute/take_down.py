"""Stops and removes containers, always gracefully and never before their session is harvested."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from multi_instance_manager import contract
from multi_instance_manager.errors import NotFound, StateError
from multi_instance_manager.events import Phase
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
    """Before a stop: the application saves in place, over whatever the copy holds now.

    Where the state folder was lost or moved, the copy is taken out of the container itself, while
    that still runs.
    """
    if container.ours is None:
        return
    name, profile_name = operation.container_name, operation.profile_name
    copy = tools.layout.copy(name, profile_name)
    if not os.path.lexists(copy) and container.is_up:
        found = tools.engine.read_live_file(
            container.container_id, f"{contract.ACTIVE}/{profile_name}.json"
        )
        if found is not None:
            tools.custodian.recover_copy(name, profile_name, found.content, found.modified_at)
    tools.custodian.keep_if_unsaved(name, copy, tools.pool_files.get(profile_name))


def harvest(tools: Tools, operation: Operation) -> tuple[str, ...]:
    """Carry the session of the operation's instance back to the pool; gives notes for people."""
    pool_file = tools.pool_files.get(operation.profile_name)
    if pool_file is None:
        return _keep_orphaned_session(tools, operation)
    result = tools.custodian.harvest(operation.container_name, operation.profile_name, pool_file)
    if result.note:
        tools.tell(operation, Phase.HARVESTED, result.note)
        return (result.note,)
    return ()


def harvest_if_possible(tools: Tools, operation: Operation) -> tuple[str, ...]:
    """Harvest an instance that stays; where the pool cannot be written, its copy still has it."""
    try:
        return harvest(tools, operation)
    except StateError as problem:
        return (f"its refreshed session could not be saved to the pool yet: {problem}",)


def _keep_orphaned_session(tools: Tools, operation: Operation) -> tuple[str, ...]:
    """The profile is gone from the pool: its last session goes to the history alone."""
    copy = tools.layout.copy(operation.container_name, operation.profile_name)
    kept = tools.custodian.keep_copy(operation.container_name, copy)
    return (f"its last session was kept as {kept}",) if kept else ()


def remove(tools: Tools, operation: Operation, container: ObservedContainer) -> tuple[str, ...]:
    """Stop, harvest, remove: the way of every container that is not wanted any more."""
    with suppress(NotFound):  # gone already: what it left is harvested all the same
        secure_session(tools, operation, container)
        stop_gracefully(tools, operation, container)
    notes = harvest(tools, operation)
    with tools.engine_calls:
        tools.engine.remove(container.container_id)
    return notes


def discard(tools: Tools, operation: Operation, container: ObservedContainer) -> tuple[str, ...]:
    """Remove a new container that failed. It has had no time to refresh much: it is given less.

    Its copy stays in use: where it cannot be harvested, nothing is lost.
    """
    with suppress(NotFound):  # as above
        stop_gracefully(tools, operation, container, at_most_s=SHORT_STOP_S)
    notes = harvest_if_possible(tools, operation)
    with tools.engine_calls:
        tools.engine.remove(container.container_id)
    return notes
