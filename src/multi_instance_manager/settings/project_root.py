"""Finds the application's repository where nobody named it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

POOL_TREE = "auth_profiles"
LAUNCHER_VARIABLE = "MULTI_INSTANCE_LAUNCHER_ROOT"


def find_project_root(working_dir: Path, launcher_root: Path | None) -> Path:
    """The nearest folder upwards that holds ``auth_profiles/``, else the launcher script's place.

    Where neither holds it, the working directory: the checks then name what is missing there.
    """
    for folder in (working_dir, *working_dir.parents):
        if (folder / POOL_TREE).is_dir():
            return folder
    if launcher_root is not None and launcher_root.is_dir():
        return launcher_root
    return working_dir
