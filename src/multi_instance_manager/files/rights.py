"""Sets modes and owners by descriptor, on file systems that keep none as well.

Shares of Windows, FUSE and FAT refuse either, or show the same mode for every file. That costs the
protection from other users of the host, which the checks tell of, and must not cost a session.
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
    """What is made meanwhile has all of its mode: afterwards it may be refused.

    The mask is the whole process's, so that one thread at a time may change it.
    """
    with _ONE_AT_A_TIME:
        before = os.umask(0)
        try:
            yield
        finally:
            os.umask(before)


def make_folder(name: str, folder: int, mode: int) -> bool:
    """Whether a folder was made in another one; False where something bears the name already."""
    with whole_modes():
        try:
            os.mkdir(name, mode, dir_fd=folder)
        except FileExistsError:
            return False
    return True


def make_file(prefix: Path, mode: int) -> tuple[int, str]:
    """Make a file that nobody else has; gives its descriptor and its path."""
    name = f"{prefix}{secrets.token_hex(6)}"
    with whole_modes():
        return os.open(name, _NEW, mode), name


def set_mode(descriptor: int, mode: int) -> None:
    """Give an open file or folder its mode, as far as its file system keeps one."""
    with keeping_none():
        os.fchmod(descriptor, mode)


def set_owner(descriptor: int, like: os.stat_result) -> None:
    """Give an open file or folder the owner that something else has, as far as this user may."""
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
        with keeping_none():
            os.fchown(descriptor, like.st_uid, like.st_gid)


def hand_over(descriptor: int, like: os.stat_result) -> None:
    """As root: give what was made in a user's folder to that user.

    What one run under sudo left as root's, no later command of the user could read.
    """
    if os.geteuid() == 0:
        set_owner(descriptor, like)


def hand_over_path(path: Path) -> None:
    """The same for what somebody else has made at a path; a link there is not followed."""
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
    """Pass over what a file system refuses that keeps neither modes nor owners."""
    try:
        yield
    except OSError as problem:
        if problem.errno not in NOT_KEPT:
            raise
