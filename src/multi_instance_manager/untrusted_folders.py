"""Empties folders that a container could fill: with links, pipes, or a tree without end.

Nothing in them is followed, and however deep a tree is, two descriptors are enough.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def empty_folder(folder: Path) -> None:
    """Remove everything in a folder; raises OSError where something cannot be removed."""
    top = os.open(folder, _FOLDER)
    try:
        waiting = _remove_files(top)
        while waiting:
            name = waiting.pop()
            waiting += _hollow_out(top, name)
            os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)


def remove_tree(folder: Path) -> None:
    """Remove a folder and everything in it."""
    empty_folder(folder)
    folder.rmdir()


def _hollow_out(top: int, name: str) -> list[str]:
    """Empty one folder: its own folders go to the top, under new names, which are given."""
    folder = os.open(name, _FOLDER, dir_fd=top)
    try:
        moved = [(inner, f".to-remove-{secrets.token_hex(8)}") for inner in _remove_files(folder)]
        for inner, new_name in moved:
            os.rename(inner, new_name, src_dir_fd=folder, dst_dir_fd=top)
    finally:
        os.close(folder)
    return [new_name for _, new_name in moved]


def _remove_files(folder: int) -> list[str]:
    """Remove what is no folder; gives the names of the folders."""
    with os.scandir(folder) as listed:
        entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in listed]
    for name, is_folder in entries:
        if not is_folder:
            os.unlink(name, dir_fd=folder)
    return [name for name, is_folder in entries if is_folder]
