"""Stops a container that Podman is about to restart.

Podman leaves a container whose process has just ended as "stopped" until it has cleaned up after
it, and starts it anew then. A stop that comes in between is answered well and has no effect. (A
Docker Engine says "restarting" meanwhile, and a stop ends that.)
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from docker.errors import NotFound

from multi_instance_manager.errors import EngineError

if TYPE_CHECKING:
    from docker import APIClient

_PAUSE_S = 0.01
# Podman restarts within a second; what has not moved by then was left by a monitor that died.
_SETTLED_S = 5.0
_AT_MOST_S = 30.0


def is_between_runs(client: APIClient, reference: str) -> bool:
    """Whether its process has ended and Podman may be about to start it again."""
    try:
        state = client.inspect_container(reference)["State"]
    except NotFound:  # it is of the kind that goes when it is stopped
        return False
    return bool(state["Status"] == "stopped")


def stop_between_runs(client: APIClient, reference: str, *, timeout_s: int) -> None:
    """Meet it while it runs, and stop it then; raises `EngineError` where it is too quick."""
    begin = time.monotonic()
    restarts = _restarts(client, reference)
    while is_between_runs(client, reference):
        waited_s = time.monotonic() - begin
        if waited_s > _SETTLED_S and _restarts(client, reference) == restarts:
            return
        if waited_s > _AT_MOST_S:
            raise EngineError(
                f"{reference}: restarts faster than it can be stopped; remove it with force"
            )
        time.sleep(_PAUSE_S)
        client.stop(reference, timeout=timeout_s)


def _restarts(client: APIClient, reference: str) -> int:
    return int(client.inspect_container(reference)["RestartCount"])
