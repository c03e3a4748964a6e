"""The trash of the state folder: a removed profile's file and history, until they come back.

The file goes first, and comes back last. So whatever interrupts either, the session is in the pool,
in the trash or in the history, and the same command ends what was begun.
"""

from __future__ import annotations

import errno
import re
import stat
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.files.atomic_exchange import rename_new
from multi_instance_manager.files.compared import name_aside
from multi_instance_manager.files.private_files import CLOSED_FILE, said, write_new
from multi_instance_manager.files.untrusted_folders import remove_tree
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.sessions.history import bring_versions
from multi_instance_manager.sessions.kept_sessions import is_own
from multi_instance_manager.sessions.open_pools import real_pool_file
from multi_instance_manager.sessions.pool import SUFFIX, content_in_pool
from multi_instance_manager.sessions.pool_sources import move_notes
from multi_instance_manager.state.folder import make_dir

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.state.layout import StateLayout

_HISTORY, _NOTES = "history", "sources.txt"
_MOMENT = "%Y%m%dT%H%M%SZ"
_ENTRY = re.compile(r"([0-9]{6,12})-([0-9]{8}T[0-9]{6}Z)")


class Trashed(msgspec.Struct, frozen=True):
    """What was removed of a profile at one time; ``file`` may be missing after an interruption."""

    number: int
    removed_at: datetime
    folder: Path
    file: Path


def trashed(layout: StateLayout, profile_name: str) -> tuple[Trashed, ...]:
    """What the trash has of a profile, oldest first."""
    folder = layout.trash_dir(container_name_of(layout.fleet, profile_name))
    with said(folder):
        try:
            found = [_entry(path, profile_name) for path in folder.iterdir()]
        except FileNotFoundError:
            return ()
    return tuple(sorted(filter(None, found), key=lambda one: one.number))


def names_in_trash(layout: StateLayout) -> tuple[str, ...]:
    """The names of the profiles that the trash has something of."""
    top = layout.trash_dir("")
    found = [path for path in top.glob(f"*/*/*{SUFFIX}") if _ENTRY.fullmatch(path.parent.name)]
    own = [path.name for path in found if is_own(layout, path.parent.parent.name, path.name)]
    return tuple(sorted({name.removesuffix(SUFFIX) for name in own}))


def _entry(path: Path, profile_name: str) -> Trashed | None:
    parts = _ENTRY.fullmatch(path.name)
    if parts is None or not path.is_dir() or path.is_symlink():
        return None
    with suppress(ValueError):
        at = datetime.strptime(parts[2], _MOMENT).replace(tzinfo=UTC)
        return Trashed(int(parts[1]), at, path, path / f"{profile_name}{SUFFIX}")
    return None


def refuse_unmovable(layout: StateLayout, file: Path) -> None:
    """Raise `StateError` for what is no file, or a link that is not followed."""
    with said(file):
        status = real_pool_file(layout, file).stat()
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "is not a regular file")


def put_in_trash(layout: StateLayout, profile_name: str, file: Path, now: float) -> Path:
    """Move a profile's file and its history to the trash; gives the folder there.

    Of a link, what it leads to is copied, and the link goes. ``now`` in seconds since the epoch.
    """
    container_name = container_name_of(layout.fleet, profile_name)
    known = trashed(layout, profile_name)
    number = known[-1].number + 1 if known else 1
    moment = datetime.fromtimestamp(now, tz=UTC).strftime(_MOMENT)
    folder = layout.trash_dir(container_name) / f"{number:06}-{moment}"
    make_dir(layout, folder)
    with said(file):
        _move(layout, file, folder / f"{profile_name}{SUFFIX}", mark=container_name)
    history = layout.history_dir(container_name)
    with said(history), suppress(FileNotFoundError):
        history.rename(folder / _HISTORY)
    with said(folder):
        move_notes(layout.pool_sources(container_name), folder / _NOTES)
    return folder


def take_from_trash(layout: StateLayout, one: Trashed, target: Path) -> None:
    """Move a profile back to the pool, its history first; never over another file."""
    container_name = one.folder.parent.name
    bring_versions(layout, one.folder / _HISTORY, container_name)
    notes = layout.pool_sources(container_name)
    make_dir(layout, notes.parent)
    with said(notes):
        move_notes(one.folder / _NOTES, notes)
        (one.folder / _NOTES).unlink(missing_ok=True)
    with said(target):
        _move(layout, one.file, target, mark=container_name)
    for folder in (one.folder / _HISTORY, one.folder, one.folder.parent):
        with suppress(OSError):  # what somebody else has put there stays
            folder.rmdir()


def delete_for_good(layout: StateLayout, profile_name: str) -> None:
    """Delete all that the trash and the history have of a profile that has left the pool."""
    container_name = container_name_of(layout.fleet, profile_name)
    for folder in (layout.trash_dir(container_name), layout.history_dir(container_name)):
        with said(folder), suppress(FileNotFoundError):
            remove_tree(folder)
    with said(layout.pool_sources(container_name)):
        layout.pool_sources(container_name).unlink(missing_ok=True)


def _move(layout: StateLayout, file: Path, target: Path, *, mark: str) -> None:
    if file.is_symlink():
        write_new(target, content_in_pool(real_pool_file(layout, file)), mode=CLOSED_FILE)
        file.unlink()
        return
    try:
        rename_new(file, target)
    except OSError as problem:
        if problem.errno != errno.EXDEV:
            raise
        _copy(file, target, mark)


def _copy(file: Path, target: Path, mark: str) -> None:
    """Move to another file system. Under its other name no program saves over it meanwhile."""
    held = name_aside(file, mark)
    try:
        write_new(target, content_in_pool(held), mode=CLOSED_FILE)
    except BaseException:
        rename_new(held, file)
        raise
    held.unlink()
