"""Finds instances whose sessions lie in another state folder than the one that was named.

To stop one from here would lose its shutdown save: it would be looked for in the wrong place, and
the pool be taken for up to date. Nor would the lock of this folder keep a manager of the other out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.commands.survey.displacement import is_there
from multi_instance_manager.findings import Finding, error
from multi_instance_manager.fleet.ownership import session_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.fleet.ownership import Home

CODE = "other-state-folder"


def sessions_elsewhere(containers: Sequence[ObservedContainer], home: Home) -> list[Finding]:
    """A finding for each other folder that is there; one that was lost keeps nothing any more."""
    others: dict[Path, str] = {}
    for container in sorted(containers, key=lambda c: c.name):
        labels = container.ours
        if labels is None or not home.claimed_by(container):
            continue
        folder = session_source(container, labels.identity)
        if folder and not home.place_of(folder) and is_there(folder):
            others.setdefault(Path(folder).parents[1], container.name)
    return [
        error(
            CODE,
            f"container {name}",
            f"keeps its session in the state folder {top}, and this run looks in "
            f"{Path(home.active).parent}",
            f"run the command with --state-dir {top}; to move, take all down with that first",
        )
        for top, name in others.items()
    ]
