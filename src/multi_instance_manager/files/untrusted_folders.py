"""Empties folders that a container could fill with links, pipes or an endless tree.

Follows no link, and needs only two descriptors however deep a tree is.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def opened_folder(
    path: Path | str, folder: int | None = None, *, follow: bool = False
) -> Iterator[int]:
    """Open a folder. ``follow``: the path itself may be a link.

    ``folder`` is the descriptor that a relative path starts from.
    """
    flags = _FOLDER if follow else _FOLDER | os.O_NOFOLLOW
    descriptor = os.open(path, flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def empty_folder(folder: Path) -> None:
    """Remove everything in a folder; raises OSError if something cannot be removed."""
    with opened_folder(folder) as top:
        empty_opened(top, _remove_files(top))


def empty_opened(top: int, folders: Iterable[str]) -> None:
    """Remove these folders of an open one, with everything in them."""
    waiting = [*folders]
    while waiting:
        name = waiting.pop()
        waiting += _hollow_out(top, name)
        os.rmdir(name, dir_fd=top)


def remove_tree(folder: Path) -> None:
    """Remove a folder and everything in it."""
    empty_folder(folder)
    folder.rmdir()


def _hollow_out(top: int, name: str) -> list[str]:
    """Empty one folder: move its own folders to the top under new names, and return these."""
    with opened_folder(name, top) as folder:
        moved = [(inner, f".to-remove-{secrets.token_hex(8)}") for inner in _remove_files(folder)]
        for inner, new_name in moved:
            os.rename(inner, new_name, src_dir_fd=folder, dst_dir_fd=top)
    return [new_name for _, new_name in moved]


def _remove_files(folder: int) -> list[str]:
    """Remove everything but folders; returns the names of the folders."""
    folders: list[str] = []
    with os.scandir(folder) as listed:
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            else:
                os.unlink(entry.name, dir_fd=folder)
    return folders
