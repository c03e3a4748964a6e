"""Removes the private files of an instance that is gone, and never under one that still runs."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.errors import StateError
from multi_instance_manager.execute.reopen import with_access
from multi_instance_manager.host.kernel_mounts import folder_at, processes_with

if TYPE_CHECKING:
    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.plan.plan import Operation

# A container's processes may be a moment behind the engine's word that it is gone.
_SETTLED_S = 2.0
_PAUSE_S = 0.1


def forget(tools: ExecutionContext, operation: Operation) -> None:
    """Remove the files; raises `StateError` where a process of any engine still works on them."""
    folder = tools.layout.active_dir(operation.container_name)
    user = _user_of(folder)
    if user is not None:
        raise StateError(
            str(folder),
            f"process {user}{_named(user)} has it mounted, which no container of this fleet does",
            "end it, then run the command again",
        )
    name, profile_name = operation.container_name, operation.profile_name
    pool_file = tools.pool_files.get(profile_name)
    with_access(tools, operation, partial(tools.custodian.forget, name, profile_name, pool_file))


def _user_of(path: Path) -> int | None:
    folder = folder_at(path)
    deadline = time.monotonic() + _SETTLED_S
    while folder is not None:
        user = next(processes_with(folder), None)
        if user is None or time.monotonic() >= deadline:
            return user
        time.sleep(_PAUSE_S)
    return None


def _named(pid: int) -> str:
    with suppress(OSError):
        name = Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
        return f" ({name})" if name.isprintable() and name else ""
    return ""
