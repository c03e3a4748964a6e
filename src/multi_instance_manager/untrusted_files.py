"""Reads files that a container can put anything in the place of: a link, a pipe, a flood.

The folder of a runtime copy is open to its container, so nothing in it is followed, waited for or
taken whole without a bound.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_PROFILE = 64 * 1024**2


def read_untrusted(path: Path) -> bytes | None:
    """The content of a regular file, or None for anything else and for what is too large.

    Raises OSError as opening does; a file that is not there is FileNotFoundError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        if path.is_symlink() or path.is_socket():
            return None
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_PROFILE:
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(LARGEST_PROFILE + 1)
    return content if len(content) <= LARGEST_PROFILE else None
