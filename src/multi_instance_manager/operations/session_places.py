"""Finds instances whose sessions lie in another state folder than the one that was named.

To stop one from here would lose its shutdown save: it would be looked for in the wrong place, and
the pool be taken for up to date. Nor would the lock of this folder keep a manager of the other out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.findings import Finding, error

if TYPE_CHECKING:
    from multi_instance_manager.observed import Fleet
    from multi_instance_manager.state_layout import StateLayout

CODE = "other-state-folder"


def sessions_elsewhere(fleet: Fleet, layout: StateLayout, active_dir: str) -> list[Finding]:
    """A finding for each other folder that is there; one that was lost keeps nothing any more.

    ``active_dir`` is where a container sees its session's folder.
    """
    standing = (*fleet.current.values(), *fleet.aside.values(), *fleet.strays)
    mounted = [(c.mounts.get(active_dir), c.name) for c in standing if c.ours]
    folders = {folder: name for folder, name in mounted if folder}
    others: dict[Path, str] = {}
    for folder, name in sorted(folders.items()):
        if _is_there(Path(folder)) and not _lies_in(layout.active_dir(name).parent, folder):
            others.setdefault(Path(folder).parents[1], name)
    return [
        error(
            CODE,
            f"container {name}",
            f"keeps its session in the state folder {top}, and this run looks in {layout.top}",
            f"run the command with --state-dir {top}; to move, take all down with that first",
        )
        for top, name in others.items()
    ]


def _is_there(folder: Path) -> bool:
    """Whether it is a folder; one that is closed to this user may well be."""
    try:
        return folder.is_dir()
    except PermissionError:
        return True


def _lies_in(active: Path, folder: str) -> bool:
    parent = Path(folder).parent
    try:
        return active == parent or active.samefile(parent)
    except OSError:
        return False
