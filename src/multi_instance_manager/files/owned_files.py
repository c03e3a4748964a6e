"""Reads files that a person owns, who may have put a link there: whole, and only up to a bound.

A file without content on the disk can be of any size: reading it whole would take the memory of
the machine. Other than `untrusted_files` this follows links; it waits for no pipe either.
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
    """A file has more than anything of its kind; the bound is part of its words."""

    def __init__(self, path: Path | str, size_bytes: int, at_most: int) -> None:
        told = f"is larger than {limit_text(at_most)}: it has {limit_text(size_bytes)}"
        super().__init__(errno.EFBIG, told, str(path))


def read_owned(path: Path | str, *, at_most: int = LARGEST_PROFILE) -> bytes:
    """The content of a regular file; raises OSError, `FileTooLarge` for one beyond the bound."""
    if not stat.S_ISREG(Path(path).stat().st_mode):  # a device must not even be opened
        raise OSError(errno.EINVAL, "is not a regular file", str(path))
    descriptor = os.open(path, _READ)
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        content = b"" if size > at_most else file.read(at_most + 1)
    if size > at_most or len(content) > at_most:
        raise FileTooLarge(path, max(size, len(content)), at_most)
    return content
