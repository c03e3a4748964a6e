"""Kernel calls on files: exchange two names, take a free name, detect writers.

They exist only on Linux, and not on every file system; an exception says so.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import signal
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_IN_WORKING_FOLDER = -100  # AT_FDCWD
_NO_REPLACE, _EXCHANGE = 1, 2  # RENAME_NOREPLACE, RENAME_EXCHANGE
_NOT_SUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}


class CannotExchange(OSError):
    """Names cannot be exchanged, or kept, on this system or this file system."""


def exchange(one: Path, other: Path) -> None:
    """Exchange the names of two files in one step; raises `CannotExchange` or OSError."""
    _rename(one, other, _EXCHANGE)


def rename_new(one: Path, other: Path) -> None:
    """Rename a file to a free name; raises FileExistsError or another OSError."""
    try:
        _rename(one, other, _NO_REPLACE)
    except CannotExchange:
        if os.path.lexists(other):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(other)) from None
        one.rename(other)


def _rename(one: Path, other: Path, flags: int) -> None:
    call = _renameat2()
    if call is None:
        raise CannotExchange(errno.ENOSYS, os.strerror(errno.ENOSYS))
    # As for a rename in the standard library: audit hooks hear of the change before it happens.
    sys.audit("multi_instance_manager.exchange", str(one), str(other), -1)
    here = _IN_WORKING_FOLDER
    if call(here, os.fsencode(one), here, os.fsencode(other), flags) == 0:
        return
    number = ctypes.get_errno()
    kind = CannotExchange if number in _NOT_SUPPORTED else OSError
    raise kind(number, os.strerror(number), str(other))


@cache
def _renameat2() -> Any:
    library = ctypes.CDLL(None, use_errno=True)
    return getattr(library, "renameat2", None)


def is_being_written(descriptor: int) -> bool | None:
    """Whether any process has the file open for writing; None if unknown.

    The kernel grants a read lease only on a file that no process has open for writing. A process
    that opens it meanwhile makes the kernel send a signal, which is ignored by default.
    ``descriptor`` is open only for reading.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except (OSError, AttributeError) as problem:
        return True if isinstance(problem, BlockingIOError) else None
    return False
