"""Writes files atomically, so that readers see the old content or the new, and closed to others.

Owns the modes of the state folder and the atomic replacement of a file; knows nothing of the files'
meaning.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.errors import StateError
from multi_instance_manager.files.left_files import UNFINISHED
from multi_instance_manager.files.rights import hand_over, make_file, set_mode, set_owner

if TYPE_CHECKING:
    from collections.abc import Iterator


CLOSED_DIR = 0o700
OPEN_DIR = 0o777
READABLE_DIR = 0o755
OPEN_FILE = 0o666
READABLE_FILE = 0o644
CLOSED_FILE = 0o600


_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_NO_RIGHT = "give this user access to it"
_OTHERWISE = "mend it, then run the command again"
_NEXT_STEPS = {
    errno.ENOSPC: "free space there",
    errno.EDQUOT: "free space there",
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: "make its file system writable",
    errno.ENOENT: "it vanished during the run; run the command again",
}


def write_atomic(path: Path, content: bytes, *, like: os.stat_result | None, mode: int) -> None:
    """Replace a file's content in one step, durably.

    With ``like`` the new file gets that owner and mode, otherwise ``mode``. A file of another user
    is written in place, because no new file could be given to that user; the caller has kept its
    content.
    """
    if like is not None and os.geteuid() not in {0, like.st_uid}:
        _write_in_place(path, content)
        return
    with said(path):
        handle, name = make_file(_unfinished(path), mode if like is None else like.st_mode & 0o777)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                if like is None:
                    hand_over(file.fileno(), path.parent.stat())
                _take_after(file.fileno(), like, mode)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise


def write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Create a new file in one step, durably; it belongs to its folder's owner.

    Raises FileExistsError if another process was faster: unlike a rename, a link never replaces an
    existing file.
    """
    folder = path.parent.stat()
    handle, name = make_file(_unfinished(path), mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            set_mode(file.fileno(), mode)
            hand_over(file.fileno(), folder)
            file.flush()
            os.fsync(file.fileno())
        _give_name(name, path)
    finally:
        with suppress(OSError):
            Path(name).unlink()


def _unfinished(path: Path) -> Path:
    """How the names of files begin that are to become this one."""
    return path.with_name(f".{path.name[:40]}{UNFINISHED}{os.getpid()}-")


def _give_name(name: str, path: Path) -> None:
    """Link if the file system can; if not, check first and then rename."""
    try:
        os.link(name, path)
    except OSError as problem:
        if problem.errno not in _NO_LINKS:
            raise
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        Path(name).replace(path)


def _write_in_place(path: Path, content: bytes) -> None:
    with said(path), os.fdopen(os.open(path, os.O_RDWR | os.O_NOFOLLOW), "r+b") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _take_after(descriptor: int, like: os.stat_result | None, mode: int) -> None:
    if like is not None:
        set_owner(descriptor, like)
    set_mode(descriptor, mode if like is None else like.st_mode & 0o7777)


@contextmanager
def said(path: Path) -> Iterator[None]:
    """Turn a system error into one that names the path and the next step.

    An error of ours may have a ``next_step`` of its own.
    """
    try:
        yield
    except OSError as problem:
        fact = problem.strerror or type(problem).__name__
        step = getattr(problem, "next_step", None) or _NEXT_STEPS.get(
            problem.errno or 0, _OTHERWISE
        )
        raise StateError(str(path), fact, step, at=path) from problem
