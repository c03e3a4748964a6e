"""The copy of a profile that an instance sees as its pool: read-only, and not the one in use.

The application has a call that empties the folder in use and takes the profile from the pool anew:
were both one folder, it would delete what it is about to take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.files.private_files import (
    READABLE_DIR,
    READABLE_FILE,
    said,
    write_atomic,
)
from multi_instance_manager.files.untrusted_folders import empty_folder
from multi_instance_manager.state.folder import make_dir

if TYPE_CHECKING:
    from multi_instance_manager.state.layout import StateLayout


def install(layout: StateLayout, container_name: str, profile_name: str, content: bytes) -> None:
    """Write the one file of the folder that an instance sees as its pool."""
    folder = layout.saved_dir(container_name)
    make_dir(layout, folder, READABLE_DIR)
    with said(folder):
        empty_folder(folder)
    _write(layout, container_name, profile_name, content)


def refresh(layout: StateLayout, container_name: str, profile_name: str, content: bytes) -> None:
    """Keep it as new as the pool, so that an application which takes it anew loses little."""
    if layout.saved_copy(container_name, profile_name).exists():
        _write(layout, container_name, profile_name, content)


def restore(layout: StateLayout, container_name: str, profile_name: str, content: bytes) -> None:
    """Write it again if a run was killed between emptying its folder and writing it."""
    copy = layout.saved_copy(container_name, profile_name)
    if copy.parent.is_dir() and not copy.exists():
        _write(layout, container_name, profile_name, content)


def _write(layout: StateLayout, container_name: str, profile_name: str, content: bytes) -> None:
    copy = layout.saved_copy(container_name, profile_name)
    write_atomic(copy, content, like=None, mode=READABLE_FILE)
