"""Stops a container that Podman is about to restart.

Podman leaves a container whose process has just ended as "stopped" until it has cleaned up after
it, and starts it anew then. A stop that comes in between is answered well and has no effect. (A
Docker Engine says "restarting" meanwhile, and a stop ends that.)
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from multi_instance_manager.errors import EngineError, NotFound
from multi_instance_manager.fleet.containers import ContainerState

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.engine.protocol.engine import Reader

_PAUSE_S = 0.01
# Podman restarts within a second; what has not moved by then was left by a monitor that died.
_SETTLED_S = 5.0
_AT_MOST_S = 30.0


def is_between_runs(reader: Reader, reference: str) -> bool:
    """Whether its process has ended and Podman may be about to start it again."""
    try:
        return reader.status(reference).state is ContainerState.RESTARTING
    except NotFound:  # it is of the kind that goes when it is stopped
        return False


def stop_between_runs(reader: Reader, reference: str, stop: Callable[[], None]) -> None:
    """Meet it while it runs, and stop it then; raises `EngineError` where it is too quick."""
    begin = time.monotonic()
    restarts = reader.status(reference).restart_count
    while is_between_runs(reader, reference):
        waited_s = time.monotonic() - begin
        if waited_s > _SETTLED_S and reader.status(reference).restart_count == restarts:
            return
        if waited_s > _AT_MOST_S:
            raise EngineError(
                reference, "restarts faster than it can be stopped", "remove it with force"
            )
        time.sleep(_PAUSE_S)
        stop()
