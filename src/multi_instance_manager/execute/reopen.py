"""Opens an instance's folder again that its container has closed to the manager's user.

A manager that is not root can neither read a file of mode 0600 that another user made, nor remove a
folder of mode 0700. The engine can: a container that sees that folder and nothing else opens both.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from multi_instance_manager.errors import EngineError, StateError
from multi_instance_manager.files.untrusted_files import is_regular_file
from multi_instance_manager.fleet.containers import ContainerState

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.plan.plan import Operation

Answer = TypeVar("Answer")

_PLACE = "/opened"
_MODES = f"-R a+rwX {_PLACE}"
_WITHIN_S, _PAUSE_S = 30.0, 0.1
_UNDER_WAY = {ContainerState.CREATED, ContainerState.RUNNING, ContainerState.RESTARTING}


def with_access(tools: ExecutionContext, operation: Operation, act: Callable[[], Answer]) -> Answer:
    """Do what needs an instance's folder; where that is closed to this user, open it first."""
    try:
        return act()
    except StateError as problem:
        folder = tools.layout.active_dir(operation.container_name)
        if not _is_closed_below(folder, problem):
            raise
        if not _open(tools, operation, folder):
            raise StateError(
                problem.subject,
                f"{problem.fact}, its container has closed it",
                f"`sudo chmod -R a+rwX {folder}` opens it",
            ) from problem
    return act()


def _is_closed_below(folder: Path, problem: StateError) -> bool:
    """Whether the error is about the folder or what lies in it; no container closes another."""
    cause = problem.__cause__
    if not isinstance(cause, PermissionError):
        return False
    place = problem.at or cause.filename
    return isinstance(place, str | Path) and Path(place).is_relative_to(folder)


def open_copy(tools: ExecutionContext, operation: Operation) -> None:
    """Open an instance's copy where it is closed; whether that can be done is seen at its reading.

    In a closed folder it cannot even be seen. Nothing where there is no copy.
    """
    copy = tools.layout.copy(operation.container_name, operation.profile_name)
    folder = copy.parent
    is_closed = os.path.isdir(folder) and not os.access(folder, os.R_OK | os.X_OK)  # noqa: PTH112  # raises nothing
    if is_closed or (is_regular_file(copy) and not os.access(copy, os.R_OK)):
        _open(tools, operation, folder)


def _open(tools: ExecutionContext, operation: Operation, folder: Path) -> bool:
    """Whether a container has opened all that lies in the folder."""
    with suppress(EngineError):
        image_id = _image_of(tools, operation)
        return bool(image_id) and _opened_by_container(tools, image_id, folder)
    return False


def _image_of(tools: ExecutionContext, operation: Operation) -> str:
    """An image that the engine has: the instance's own, or the one that is wanted."""
    for container in operation.containers:
        return container.image_id
    choice = tools.settings.of(operation.profile_name).image
    names = (name for name in (choice.name, choice.fallback) if name)
    found = filter(None, map(tools.engine.find_image, names))
    return next((image.image_id for image in found), "")


def _opened_by_container(tools: ExecutionContext, image_id: str, folder: Path) -> bool:
    name = f"{tools.layout.fleet}.opens-{secrets.token_hex(4)}"
    container_id = tools.engine.create(name, _payload(image_id, folder))
    try:
        tools.engine.start(container_id)
        return _has_succeeded(tools, container_id)
    finally:
        with suppress(EngineError):
            tools.engine.stop(container_id, timeout_s=0)
        with suppress(EngineError):
            tools.engine.remove(container_id)


def _payload(image_id: str, folder: Path) -> dict[str, Any]:
    """Root in a container without a network, whose only other file system is the folder."""
    mount = {"Type": "bind", "Source": str(folder), "Target": _PLACE, "ReadOnly": False}
    return {
        "Image": image_id,
        "User": "0",
        "Entrypoint": ["sh"],
        "Cmd": ["-c", f"chmod {_MODES} || busybox chmod {_MODES}"],
        "HostConfig": {"NetworkMode": "none", "Mounts": [mount]},
    }


def _has_succeeded(tools: ExecutionContext, container_id: str) -> bool:
    deadline = time.monotonic() + _WITHIN_S
    while time.monotonic() < deadline:
        status = tools.engine.status(container_id)
        if status.state not in _UNDER_WAY:
            return status.exit_code == 0
        time.sleep(_PAUSE_S)
    return False
