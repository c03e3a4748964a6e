"""Writes files so that a reader sees the old content or the new, and other users see nothing.

Owns the modes of the state folder and the atomic replacement of a file; knows nothing of what
the files mean.
"""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.state_layout import StateLayout

CLOSED_DIR = 0o700
OPEN_DIR = 0o777
READABLE_DIR = 0o755
OPEN_FILE = 0o666
READABLE_FILE = 0o644
CLOSED_FILE = 0o600


_UNFINISHED = ".unfinished-by-"
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_NO_RIGHT = "give this user the right to write there"
_NEXT_STEPS = {
    errno.ENOSPC: "free space there",
    errno.EDQUOT: "free space there",
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: "make its file system writable",
    errno.ENOENT: "it vanished during the run; run the command again",
}


def prepare_top(layout: StateLayout) -> None:
    """Create the state folder, closed to others, and keep it out of the project's version control.

    A folder that exists already keeps its mode: it may be one that the person shares.
    """
    with said(layout.top):
        layout.top.mkdir(mode=CLOSED_DIR, parents=True, exist_ok=True)
        ignore = layout.top / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")


def make_dir(layout: StateLayout, path: Path, mode: int = CLOSED_DIR) -> None:
    """Create a folder below the top; the one directly below it is closed, the last has ``mode``."""
    with said(path):
        outer = layout.top / path.relative_to(layout.top).parts[0]
        outer.mkdir(mode=CLOSED_DIR, exist_ok=True)
        if outer.is_symlink() or outer.stat().st_uid not in _trusted_owners(layout.top):
            raise PermissionError(errno.EPERM, "belongs to another user")
        outer.chmod(CLOSED_DIR)
        path.mkdir(parents=True, exist_ok=True)
        if path != outer:
            path.chmod(mode)


def _trusted_owners(top: Path) -> set[int]:
    """The user at work, root, and whoever owns the folder that the state folder lies in."""
    return {os.geteuid(), top.parent.stat().st_uid, 0}


def write_atomic(path: Path, content: bytes, *, like: os.stat_result | None, mode: int) -> None:
    """Replace a file's content in one step, durably.

    With ``like`` the new file gets that owner and mode, otherwise ``mode``. A file of another user,
    which a new file could not be given to, is written in place: the caller has kept its content.
    """
    if like is not None and os.geteuid() not in {0, like.st_uid}:
        _write_in_place(path, content)
        return
    with said(path):
        prefix = f".{path.name[:40]}{_UNFINISHED}{os.getpid()}-"
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                take_after(file.fileno(), like, mode)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise


def write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Make a file that is not there yet, in one step, durably; it belongs to its folder's owner.

    Raises FileExistsError where somebody else was quicker: a link, other than a rename, never takes
    the place of anything.
    """
    folder = path.parent.stat()
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name[:40]}{_UNFINISHED}{os.getpid()}-"
    )
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
            if os.geteuid() == 0:
                os.fchown(file.fileno(), folder.st_uid, folder.st_gid)
            file.flush()
            os.fsync(file.fileno())
        _give_name(name, path)
    finally:
        with suppress(OSError):
            Path(name).unlink()


def _give_name(name: str, path: Path) -> None:
    """Link where the file system can; where it cannot, look first and then rename."""
    try:
        os.link(name, path)
    except OSError as problem:
        if problem.errno not in _NO_LINKS:
            raise
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        Path(name).replace(path)


def sweep(folder: Path) -> None:
    """Remove what managers that were killed in the middle of a write have left in a folder.

    Files of a manager that still runs are left alone; what cannot be removed stays.
    """
    with suppress(OSError):
        for path in folder.glob(f".*{_UNFINISHED}*"):
            pid = path.name.rpartition(_UNFINISHED)[2].partition("-")[0]
            if pid.isdigit() and not is_alive(int(pid)):
                path.unlink(missing_ok=True)


def sweep_below(top: Path) -> None:
    """Sweep a folder and every folder in it."""
    for folder, _, _ in os.walk(top):
        sweep(Path(folder))


def is_alive(pid: int) -> bool:
    """Whether a process of that number runs, of whatever user."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _write_in_place(path: Path, content: bytes) -> None:
    with said(path), path.open("r+b") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def take_after(descriptor: int, like: os.stat_result | None, mode: int) -> None:
    """Give an open file the owner and mode of another, or ``mode`` alone."""
    if like is None:
        os.fchmod(descriptor, mode)
        return
    if (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(PermissionError):
            os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, like.st_mode & 0o7777)


def refuse_closed(top: Path) -> None:
    """Raise `StateError` where the state folder is there and is another user's.

    Who cannot read what lies in it can neither prove an instance by it, nor take the keys out of
    what is shown.
    """
    if top.is_dir() and not os.access(top, os.R_OK | os.X_OK):
        raise StateError(f"state folder {top}: is closed to this user; run this as its owner")


@contextmanager
def said(path: Path) -> Iterator[None]:
    """Turn a system error into one that names the path and the next step."""
    try:
        yield
    except OSError as problem:
        fact = problem.strerror or type(problem).__name__
        step = _NEXT_STEPS.get(problem.errno or 0, "mend it, then run the command again")
        raise StateError(f"{path}: {fact}; {step}") from problem
