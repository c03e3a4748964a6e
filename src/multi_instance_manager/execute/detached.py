"""Brings in the session of an instance that saves elsewhere than in its folder.

A state folder that was copied, removed or renamed under a running instance leaves it on the folder
of before: nothing of what it saves would ever be seen.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.files.private_files import OPEN_DIR, OPEN_FILE, said, write_atomic
from multi_instance_manager.sessions.pool import is_whole_profile
from multi_instance_manager.sessions.session_files import read_if_there
from multi_instance_manager.state.folder import make_dir

if TYPE_CHECKING:
    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.plan.plan import Operation

LOST = (
    "its session's folder was replaced under it, and what it saves is nowhere to be had; "
    "`multi-instance up` makes it anew"
)
_BROUGHT_IN = "its session's folder was replaced under it; what it had saved was brought in"


def bring_in(tools: ExecutionContext, operation: Operation, container: ObservedContainer) -> bool:
    """Take what it has saved for its copy; False where that is not to be had.

    What lay there goes into the history: a harvest then decides as ever.
    """
    if container.container_id not in tools.detached:
        return True
    content = _content(tools, operation, container)
    if content is None or not is_whole_profile(content):
        return False
    name = operation.container_name
    copy = tools.layout.copy(name, operation.profile_name)
    with said(copy):
        before = read_if_there(copy)
    if content == before:
        return True
    tools.custodian.keep_copy(name, copy)
    make_dir(tools.layout, copy.parent, OPEN_DIR)
    write_atomic(copy, content, like=None, mode=OPEN_FILE)
    tools.remark(operation, _BROUGHT_IN)
    return True


def place_of_copy(
    tools: ExecutionContext, operation: Operation, container: ObservedContainer
) -> Path | None:
    """Where it saves; None where that is its own folder, or no path leads there."""
    folder = tools.detached.get(container.container_id)
    return Path(folder) / f"{operation.profile_name}.json" if folder else None


def _content(
    tools: ExecutionContext, operation: Operation, container: ObservedContainer
) -> bytes | None:
    place = place_of_copy(tools, operation, container)
    if place is not None:
        with said(place):
            return read_if_there(place)
    if not container.is_up:
        return None
    inside = f"{tools.settings.application.paths.active_dir}/{operation.profile_name}.json"
    found = tools.engine.read_live_file(container.container_id, inside)
    return found.content if found else None
