"""Finds private files of a pool in an image, from a build of the project folder.

Files in the image are open to every instance of it, whatever is mounted.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from multi_instance_manager.probe.build_context import below_root
from multi_instance_manager.probe.image_layers import names_in_image
from multi_instance_manager.state.layout import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.engine.protocol.engine import Image
    from multi_instance_manager.settings.model import Settings

_OF_STATE = ("active", "private", "history", "aside", "trash", "keys")


def baked_in(settings: Settings, image: Image) -> str | None:
    """Return the image's folder with private files; empty for none, None: unknown."""
    states = [(folder, _is_of_state) for folder in _state_folders(settings, image)]
    pools = [(folder, _is_profile) for folder in _pool_folders(settings, image)]
    for folder, is_private in states + pools:
        names = names_in_image(image.layers, folder)
        if names is None:
            return None
        if any(is_private(name) for name in names):
            return folder
    return ""


def suspects(settings: Settings, image: Image, profile_name: str) -> Iterator[tuple[str, str]]:
    """Return folders of the image that may hold private files, each with a path that shows it."""
    for folder in _state_folders(settings, image):
        yield from ((folder, f"{folder}/{name}") for name in _OF_STATE)
    for folder in _pool_folders(settings, image):
        yield folder, f"{folder}/{profile_name}.json"


def _is_of_state(name: str) -> bool:
    return name in _OF_STATE


def _is_profile(name: str) -> bool:
    return name.lower().endswith(".json")


def _state_folders(settings: Settings, image: Image) -> list[str]:
    """Return where a build puts the state folder, under its current or its default name."""
    below = below_root(settings.project_root, settings.state_dir)
    names = dict.fromkeys(name for name in (STATE_FOLDER, below) if name)
    return [folder for name in names for folder in _inside(settings, image, name)]


def _pool_folders(settings: Settings, image: Image) -> list[str]:
    below = below_root(settings.project_root, settings.profile_dir)
    return list(_inside(settings, image, below)) if below else []


def _inside(settings: Settings, image: Image, below: str) -> Iterator[str]:
    """Return the path in the image, unless a mount hides it in every instance."""
    tree = PurePosixPath(settings.application.paths.tree)
    for place in dict.fromkeys((PurePosixPath(image.working_dir or "/"), tree.parent)):
        if not (place / below).is_relative_to(tree):
            yield str(place / below)
