"""Sets modes and owners by descriptor, also on file systems that keep none.

Windows shares, FUSE and FAT refuse either, or show the same mode for every file. That loses the
protection from other users of the host, which the checks report, but must not lose a session.
"""

from __future__ import annotations

import errno
import os
import secrets
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ONE_AT_A_TIME = threading.Lock()
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
NOT_KEPT = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


@contextmanager
def whole_modes() -> Iterator[None]:
    """Clear the umask, so that new files get their full mode; a later change may be refused.

    The umask belongs to the whole process, so only one thread at a time may change it.
    """
    with _ONE_AT_A_TIME:
        before = os.umask(0)
        try:
            yield
        finally:
            os.umask(before)


def make_folder(name: str, folder: int, mode: int) -> bool:
    """Create a folder in another one; returns False if the name exists already."""
    with whole_modes():
        try:
            os.mkdir(name, mode, dir_fd=folder)
        except FileExistsError:
            return False
    return True


def make_file(prefix: Path, mode: int) -> tuple[int, str]:
    """Create a unique file; returns its descriptor and its path."""
    name = f"{prefix}{secrets.token_hex(6)}"
    with whole_modes():
        return os.open(name, _NEW, mode), name


def set_mode(descriptor: int, mode: int) -> None:
    """Set the mode of an open file or folder, as far as its file system keeps one."""
    with keeping_none():
        os.fchmod(descriptor, mode)


def set_owner(descriptor: int, like: os.stat_result) -> None:
    """Set the owner of an open file or folder, as far as this user may."""
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
        with keeping_none():
            os.fchown(descriptor, like.st_uid, like.st_gid)


def hand_over(descriptor: int, like: os.stat_result) -> None:
    """As root: give a new file in a user's folder to that user.

    Otherwise one run under sudo would leave files that no later command of the user can read.
    """
    if os.geteuid() == 0:
        set_owner(descriptor, like)


def hand_over_path(path: Path) -> None:
    """The same for a file that another program created at a path; follows no link."""
    if os.geteuid() != 0:
        return
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            hand_over(descriptor, path.parent.stat())
        finally:
            os.close(descriptor)


@contextmanager
def keeping_none() -> Iterator[None]:
    """Ignore refusals of a file system that keeps neither modes nor owners."""
    try:
        yield
    except OSError as problem:
        if problem.errno not in NOT_KEPT:
            raise
