"""Which file a path in a pool leads to: through its owner's links, and through nobody else's.

A profile may be a link to where its owner keeps it. Where instances may write to the pool, a link
could be a container's: followed, it would launch an instance on any file of the host, and write a
session over it.
"""

from __future__ import annotations

import errno
import os
import stat
from enum import Enum
from pathlib import Path

from multi_instance_manager.files.owned_paths import stranger_on
from multi_instance_manager.text.printable import printable


class Unfollowed(Enum):
    """Why a link is not followed."""

    MAY_BE_PLANTED = "may be planted"
    OF_ANOTHER_USER = "of another user"


class NotFollowed(OSError):
    """A link that is not followed, and why."""

    next_step = "put the file itself there, or remove the link"

    def __init__(self, path: Path, reason: Unfollowed) -> None:
        super().__init__(errno.ELOOP, "is a link that is not followed", str(path))
        self.reason = reason


class DanglingLink(FileNotFoundError):
    """A link to a file that does not exist."""

    next_step = "put that file back, or remove the link"

    def __init__(self, path: Path) -> None:
        target = printable(os.readlink(path))  # noqa: PTH115  # its text as it is
        super().__init__(errno.ENOENT, f"is a link to {target}, which does not exist", str(path))


def real_file(path: Path, *, may_be_planted: bool) -> Path:
    """The file itself; a path that is no link is given as it is.

    ``may_be_planted``: instances can write to the pool, or could once. Links to files of the pool's
    own folder are followed even then. Raises `NotFollowed`, `DanglingLink`, and OSError where there
    is no file.
    """
    if not stat.S_ISLNK(path.lstat().st_mode):
        return path
    target = _target_of(path)
    if target.parent == Path(os.path.realpath(path.parent)):
        return target
    if may_be_planted:
        raise NotFollowed(path, Unfollowed.MAY_BE_PLANTED)
    if stranger_on(path, but=target) is not None:  # whose the file itself is says nothing
        raise NotFollowed(path, Unfollowed.OF_ANOTHER_USER)
    return target


def _target_of(link: Path) -> Path:
    try:
        return Path(os.path.realpath(link, strict=True))
    except FileNotFoundError:
        raise DanglingLink(link) from None
