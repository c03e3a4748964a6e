"""Clears the folder that an instance runs on: it holds its own profile and nothing else.

The application takes whatever lies there first by name. All of it goes by descriptors: a container
that runs, or another one that was given the folder, could put a link in the place of any file.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from multi_instance_manager.files.private_files import OPEN_FILE
from multi_instance_manager.files.rights import set_mode
from multi_instance_manager.files.untrusted_files import content_of, opened_untrusted
from multi_instance_manager.files.untrusted_folders import empty_opened, opened_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


_MOST_KEPT = 5  # of a flood of files; the history has room for few


def clear_own_folder(copy: Path, own: bytes | None, keep: Callable[[bytes], object]) -> None:
    """Take everything out of the folder of a runtime copy; ``keep`` gets what the files held.

    A copy that holds ``own`` stays as it is; without ``own`` it stays whatever it holds.
    """
    with opened_folder(copy.parent) as folder:
        with os.scandir(folder) as listed:
            entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in listed]
        empty_opened(folder, [name for name, is_folder in entries if is_folder])
        entries.sort(key=lambda entry: (entry[0] != copy.name, entry[0]))
        kept = iter(range(_MOST_KEPT))
        for name in (name for name, is_folder in entries if not is_folder):
            content = _content_unless_it_stays(folder, name, name == copy.name, own)
            if content is None:
                continue
            if content and content != own and next(kept, None) is not None:
                keep(content)
            os.unlink(name, dir_fd=folder)


def _content_unless_it_stays(
    folder: int, name: str, is_copy: bool, own: bytes | None
) -> bytes | None:
    """What a file holds that is to go: nothing where it is no file; None for one that stays."""
    with opened_untrusted(name, folder) as file:
        if file is None:
            return b""
        if is_copy and own is None:
            return None
        content = content_of(file)
        if is_copy and content == own and os.fstat(file).st_uid == os.geteuid():
            set_mode(file, OPEN_FILE)
            return None
    return content or b""
