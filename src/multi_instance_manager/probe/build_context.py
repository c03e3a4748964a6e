"""Finds private files that a build of the project folder would copy into the image."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.files.owned_files import LARGEST_TEXT, read_owned
from multi_instance_manager.probe.build_exposure import BuildContext
from multi_instance_manager.probe.ignore_file import keeps_out

if TYPE_CHECKING:
    from multi_instance_manager.settings.model import Settings

_BUILD_FILES = ("Dockerfile", "docker/Dockerfile", "Containerfile")


def build_context(settings: Settings) -> BuildContext | None:
    """Inspect the project folder; None if no build copies it into an image."""
    root = settings.project_root
    build_file = next((root / name for name in _BUILD_FILES if (root / name).is_file()), None)
    if build_file is None:
        return None
    own = build_file.with_name(f"{build_file.name}.dockerignore")
    ignore_file = own if own.is_file() else root / ".dockerignore"
    text = _text_of(ignore_file)
    private = (below_root(root, path) for path in (settings.state_dir, settings.profile_dir))
    exposed = tuple(path for path in private if path and not keeps_out(text, path))
    return BuildContext(str(ignore_file), exposed)


def below_root(root: Path, path: Path) -> str | None:
    """Return the path below the root; None if it is outside."""
    root, path = Path(os.path.realpath(root)), Path(os.path.realpath(path))
    return path.relative_to(root).as_posix() if path != root and path.is_relative_to(root) else None


def _text_of(file: Path) -> str:
    try:
        return read_owned(file, at_most=LARGEST_TEXT).decode(errors="replace")
    except OSError:
        return ""
