"""Finds the application's repository if it is not named."""

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
    """Return the nearest folder upwards with the application's own, else the launcher's place.

    ``mark`` is the application's folder. None means that of the built-in application, because no
    configuration file has been read yet; then a folder with a configuration file will do, if there
    is no other. The last resort is the working directory: the checks then name what is missing.
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
