"""Finds the application's repository where nobody named it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.settings.config_file import CONFIG_NAME

if TYPE_CHECKING:
    from pathlib import Path

LAUNCHER_VARIABLE = "MULTI_INSTANCE_LAUNCHER_ROOT"


def find_project_root(
    working_dir: Path, launcher_root: Path | None, mark: str | None = None
) -> Path:
    """The nearest folder upwards that holds the application's own, else the launcher's place.

    ``mark`` is the application's folder; None: that of the application which the manager was made
    for, because no configuration file has been read yet. Then a folder that holds one is as good,
    where no other is found. The last resort is the working directory: the checks then name what is
    missing there.
    """
    upwards = (working_dir, *working_dir.parents)
    own = mark or builtin_application().project.mark
    for folder in upwards:
        if (folder / own).is_dir():
            return folder
    if launcher_root is not None and launcher_root.is_dir():
        return launcher_root
    configured = (folder for folder in upwards if os.path.lexists(folder / CONFIG_NAME))
    return working_dir if mark else next(configured, working_dir)
