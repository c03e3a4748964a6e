"""Replaces a file only while it has the compared content: a concurrent save by its owner stays.

Another program can save between a check and a rename. So the new file and the old one exchange
their names, and the old one is checked once no other program knows its name. If it is not the
compared file, or is still being written, the names are exchanged back.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.files.atomic_exchange import CannotExchange, exchange, is_being_written
from multi_instance_manager.files.left_files import is_alive, left_files
from multi_instance_manager.files.rights import set_mode, set_owner
from multi_instance_manager.files.untrusted_files import read_untrusted
from multi_instance_manager.files.untrusted_folders import opened_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Keep = Callable[[bytes], object]

_MARK = ".exchanged-by-"
_MOST_EXCHANGES = 20
_PAUSE_S = 0.01


def replace_compared(
    target: Path, compared: bytes, content: bytes, *, mark: str, keep: Keep
) -> bool:
    """Replace the file; returns False if it did not have the compared content.

    The new file has owner and mode of the old one. ``keep`` gets every save that the file no longer
    holds; ``mark`` names the leftovers of a manager that is killed here.
    """
    like = target.stat()
    if os.geteuid() not in {0, like.st_uid}:
        return _write_in_place(target, compared, content)
    new = _written(target, content, like, mark)
    try:
        exchange(new, target)
    except CannotExchange:
        return _rename_over(new, target, compared)
    except OSError:
        new.unlink()
        raise
    if _holds(new, _Entry(compared)):
        new.unlink()
        return True
    _give_back(new, target, _Entry(content), keep)
    return False


def left_behind(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files that killed managers have left in a folder, each with its mark."""
    with suppress(OSError), opened_folder(folder, follow=True) as opened:
        for name, mark, pid in left_files(opened, _MARK):
            if not is_alive(pid):
                yield mark, folder / name


def name_aside(file: Path, mark: str) -> Path:
    """Rename a file to a hidden name, where a later run finds it if this one is killed."""
    return file.rename(_hidden(file, mark))


def _hidden(file: Path, mark: str) -> Path:
    return file.with_name(f".{mark}{_MARK}{os.getpid()}-{secrets.token_hex(4)}")


def _written(target: Path, content: bytes, like: os.stat_result, mark: str) -> Path:
    new = _hidden(target, mark)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            set_owner(file.fileno(), like)
            set_mode(file.fileno(), like.st_mode & 0o7777)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        new.unlink()
        raise
    return new


class _Entry(msgspec.Struct, frozen=True):
    """A named entry: a regular file's content, or a link's target; neither for a folder."""

    content: bytes | None = None
    link: str | None = None


def _entry(path: Path) -> _Entry:
    with suppress(OSError):
        if path.is_symlink():
            return _Entry(link=os.readlink(path))  # noqa: PTH115  # its text as it is
        return _Entry(read_untrusted(path))
    return _Entry()


def _holds(path: Path, expected: _Entry) -> bool:
    """Whether it has that content, and no process can be changing it."""
    if expected.content is None:
        return _entry(path) == expected
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # a link, or missing
        return False
    try:
        return not is_being_written(descriptor) and _entry(path) == expected
    finally:
        os.close(descriptor)


def _give_back(spare: Path, target: Path, placed: _Entry, keep: Keep) -> None:
    """Exchange until the result is what was put in: the newest then has the name.

    A file that is always being written stays beside it, for a later run to keep.
    """
    for _ in range(_MOST_EXCHANGES):
        saved = _entry(spare)
        try:
            exchange(spare, target)
        except FileNotFoundError:  # its owner has removed it meanwhile
            _keep(saved, keep)
            spare.unlink()
            return
        if _holds(spare, placed):
            spare.unlink()
            return
        _keep(saved, keep)
        placed = saved
        time.sleep(_PAUSE_S)


def _keep(entry: _Entry, keep: Keep) -> None:
    if entry.content:
        keep(entry.content)


def _rename_over(new: Path, target: Path, compared: bytes) -> bool:
    """Replace without an exchange: keep the old file by a second name meanwhile."""
    held = new.with_name(f"{new.name}-held")
    try:
        with suppress(OSError):  # not every file system has links
            held.hardlink_to(target)
        if not _holds(target, _Entry(compared)):
            return False
        new.replace(target)
        if not held.exists() or _holds(held, _Entry(compared)):
            return True
        held.replace(target)
        return False
    finally:
        new.unlink(missing_ok=True)
        held.unlink(missing_ok=True)


def _write_in_place(target: Path, compared: bytes, content: bytes) -> bool:
    """Write a file of another user in place: no new file could be given to that user."""
    with os.fdopen(os.open(target, os.O_RDWR | os.O_NOFOLLOW), "r+b") as file:
        if file.read() != compared:
            return False
        file.seek(0)
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
        return os.path.samestat(os.fstat(file.fileno()), target.stat())
