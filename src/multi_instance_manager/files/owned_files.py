"""Reads files of a user, who may have put a link there: completely, up to a limit.

A sparse file can have any size: reading all of it would fill the memory. Unlike `untrusted_files`
this follows links; it does not block on a pipe either.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from multi_instance_manager.files.profile_size import LARGEST_PROFILE
from multi_instance_manager.text.amounts import limit_text

LARGEST_TEXT = 1024**2
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class FileTooLarge(OSError):
    """A file is larger than any of its kind; the message has the limit."""

    def __init__(self, path: Path | str, size_bytes: int, at_most: int) -> None:
        told = f"is larger than {limit_text(at_most)}: it has {limit_text(size_bytes)}"
        super().__init__(errno.EFBIG, told, str(path))


def read_owned(path: Path | str, *, at_most: int = LARGEST_PROFILE) -> bytes:
    """Return the content of a regular file; raises OSError, `FileTooLarge` beyond the limit."""
    if not stat.S_ISREG(Path(path).stat().st_mode):  # a device must not even be opened
        raise OSError(errno.EINVAL, "is not a regular file", str(path))
    descriptor = os.open(path, _READ)
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        content = b"" if size > at_most else file.read(at_most + 1)
    if size > at_most or len(content) > at_most:
        raise FileTooLarge(path, max(size, len(content)), at_most)
    return content
