"""The host's files that are mounted into every instance: their readers and first bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from multi_instance_manager.settings.model import Settings

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class MountedFile(msgspec.Struct, frozen=True):
    """A file of the host: its owner, its mode, and whether it begins with a byte order mark."""

    path: str
    uid: int
    gid: int
    mode: int
    has_byte_order_mark: bool = False


def mounted_files(settings: Settings) -> Mapping[str, MountedFile]:
    """Return the existing files, by the name of their path in the application's definition."""
    found = {name: _looked_at(path) for name, path in _paths(settings)}
    return {name: file for name, file in found.items() if file is not None}


def _paths(settings: Settings) -> Iterator[tuple[str, Path]]:
    paths, tree = settings.application.paths, settings.application.project.tree
    if settings.docker_env_file is not None and paths.environment_file:
        yield "environment_file", settings.docker_env_file
    if tree and paths.key_file:
        key_file = settings.project_root / tree / paths.key_file
        if not key_file.is_symlink():  # a link there is not followed
            yield "key_file", key_file


def _looked_at(path: Path) -> MountedFile | None:
    """Inspect a file; None if it cannot be read here either, which another check reports."""
    try:
        status = path.stat()
        if not path.is_file():
            return None
        with path.open("rb") as file:
            begins = file.read(len(_BYTE_ORDER_MARK))
    except OSError:
        return None
    marked = begins == _BYTE_ORDER_MARK
    return MountedFile(str(path), status.st_uid, status.st_gid, status.st_mode & 0o777, marked)
