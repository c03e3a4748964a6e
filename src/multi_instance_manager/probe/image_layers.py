"""Reads an image without a container: its layers, if this machine keeps them.

The engine's overlay driver has a folder for each layer, and reports them with the image. Only a
user who may read the engine's own folder can do that. No link is followed.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPAQUE = "trusted.overlay.opaque"
_MOST_NAMES = 10_000


def names_in_image(layers: Sequence[str], folder: str) -> frozenset[str] | None:
    """Return the names in a folder of the image; its layers are given from the top down.

    Empty without such a folder; None if the layers cannot be read.
    """
    names: set[str] = set()
    gone: set[str] = set()
    for layer in layers:
        try:
            found, is_lowest = _in_layer(layer, [part for part in folder.split("/") if part])
        except OSError:
            return None
        names |= {name for name in found if found[name] and name not in gone}
        gone |= {name for name in found if not found[name]}
        if is_lowest:
            break
    return frozenset(names) if layers else None


def _in_layer(layer: str, parts: Sequence[str]) -> tuple[dict[str, bool], bool]:
    """Return a layer's names in the folder, and whether it hides the layers below.

    A name with False is one that the layer deletes.
    """
    path, is_opaque = layer, False
    os.lstat(path)
    for part in parts:
        path = os.path.join(path, part)  # noqa: PTH118  # joined text stays text
        try:
            mode = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return {}, is_opaque
        if not stat.S_ISDIR(mode.st_mode):
            return {}, True
        is_opaque = is_opaque or _is_opaque(path)
    with os.scandir(path) as listed:
        entries = [entry for _, entry in zip(range(_MOST_NAMES), listed, strict=False)]
    return {entry.name: not _is_deletion(entry) for entry in entries}, is_opaque


def _is_deletion(entry: os.DirEntry[str]) -> bool:
    status = entry.stat(follow_symlinks=False)
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def _is_opaque(path: str) -> bool:
    try:
        return os.getxattr(path, _OPAQUE, follow_symlinks=False) == b"y"
    except (OSError, AttributeError):  # none; or a system without
        return False
