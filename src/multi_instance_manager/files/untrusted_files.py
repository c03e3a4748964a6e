"""Reads files that a container can replace with anything: a link, a pipe, an endless file.

The folder of a runtime copy is open to its container, so this follows no link, never blocks, and
reads only up to a limit. It does not even open a device, because that alone may have an effect.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from multi_instance_manager.files.profile_size import LARGEST_PROFILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOOK = getattr(os, "O_PATH", None)  # only on Linux
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NO_FILE = {errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.EOPNOTSUPP}


def read_untrusted(
    path: Path | str, folder: int | None = None, *, at_most: int = LARGEST_PROFILE
) -> bytes | None:
    """Return the content of a regular file; None for anything else or beyond the limit.

    ``folder`` is the descriptor that a relative path starts from. Raises OSError as opening does; a
    missing file is FileNotFoundError.
    """
    with opened_untrusted(path, folder) as descriptor:
        return None if descriptor is None else content_of(descriptor, at_most=at_most)


def size_of_untrusted(path: Path | str, folder: int | None = None) -> int | None:
    """Return the size of a regular file in bytes, or None for anything else. Raises as above."""
    status = os.stat(path, dir_fd=folder, follow_symlinks=False)
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def is_regular_file(path: Path) -> bool:
    """Whether that is a regular file, as far as this user can see; no link is one."""
    with suppress(OSError):
        return path.is_file() and not path.is_symlink()
    return False


def content_of(descriptor: int, *, at_most: int = LARGEST_PROFILE) -> bytes | None:
    """Return the whole content of an open file, or None beyond the limit."""
    if os.fstat(descriptor).st_size > at_most:
        return None
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        content = file.read(at_most + 1)
    return content if len(content) <= at_most else None


@contextmanager
def opened_untrusted(path: Path | str, folder: int | None = None) -> Iterator[int | None]:
    """Open a regular file for reading; None for anything else."""
    descriptor = _opened(path, folder)
    try:
        is_file = descriptor is not None and stat.S_ISREG(os.fstat(descriptor).st_mode)
        yield descriptor if is_file else None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _opened(path: Path | str, folder: int | None) -> int | None:
    """Open the file; None if it is seen not to be a regular file before it is opened."""
    if _LOOK is None:
        is_file = stat.S_ISREG(os.stat(path, dir_fd=folder, follow_symlinks=False).st_mode)
        return _opened_at_once(path, folder) if is_file else None
    seen = os.open(path, _LOOK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(seen).st_mode):
            return None
        with suppress(FileNotFoundError):  # without /proc
            # The very file that was checked, whichever file has its name by now.
            return os.open(f"/proc/self/fd/{seen}", _READ & ~os.O_NOFOLLOW)
        return _opened_at_once(path, folder)
    finally:
        os.close(seen)


def _opened_at_once(path: Path | str, folder: int | None) -> int | None:
    try:
        return os.open(path, _READ, dir_fd=folder)
    except OSError as problem:
        if problem.errno in _NO_FILE:
            return None
        raise
