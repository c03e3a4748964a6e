"""Stops a container that Podman is about to restart.

Podman leaves a container whose process has just ended as "stopped" until it has cleaned up after
it, and starts it anew then. A stop that comes in between is answered well and has no effect: soon
after it the container runs. (A Docker Engine says "restarting" meanwhile, and a stop ends that.)
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from multi_instance_manager.errors import EngineError, NotFound
from multi_instance_manager.fleet.containers import ContainerState

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.engine.protocol.engine import ContainerStatus, Reader

_PAUSE_S = 0.01
# Podman restarts within a second; what has not moved by then was left by a monitor that died.
_SETTLED_S = 5.0
_AT_MOST_S = 30.0
_NOT_AT_REST = {ContainerState.RESTARTING, ContainerState.RUNNING}


def is_at_rest(reader: Reader, reference: str) -> bool:
    """Whether it has ended for good; else Podman has started it again, or is about to."""
    try:
        return reader.status(reference).state not in _NOT_AT_REST
    except NotFound:  # it is of the kind that goes when it is stopped
        return True


def stop_between_runs(reader: Reader, reference: str, stop: Callable[[], None]) -> None:
    """Meet it while it runs, and stop it then; raises `EngineError` where it is too quick."""
    begin = time.monotonic()
    restarts = reader.status(reference).restart_count
    while not is_at_rest(reader, reference):
        waited_s = time.monotonic() - begin
        if waited_s > _SETTLED_S and _was_left(reader.status(reference), restarts):
            return
        if waited_s > _AT_MOST_S:
            raise EngineError(
                reference, "restarts faster than it can be stopped", "remove it with force"
            )
        time.sleep(_PAUSE_S)
        stop()


def _was_left(status: ContainerStatus, restarts: int) -> bool:
    return status.state is ContainerState.RESTARTING and status.restart_count == restarts
