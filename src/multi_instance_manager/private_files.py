"""Writes files so that a reader sees the old content or the new, and other users see nothing.

Owns the modes of the state folder and the atomic replacement of a file; knows nothing of what
the files mean.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.errors import StateError
from multi_instance_manager.file_rights import (
    hand_over,
    make_file,
    make_folder,
    set_mode,
    set_owner,
)
from multi_instance_manager.left_by_root import refuse_closed_by_root
from multi_instance_manager.owned_paths import stranger_in_words, stranger_on, trusted_owners
from multi_instance_manager.untrusted_folders import opened_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.state_layout import StateLayout

CLOSED_DIR = 0o700
OPEN_DIR = 0o777
READABLE_DIR = 0o755
OPEN_FILE = 0o666
READABLE_FILE = 0o644
CLOSED_FILE = 0o600


_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_ELSEWHERE = "run this as that user, or name a state folder of your own with --state-dir"
_DEPTH = 3  # private/<container>/saved
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
    refuse_strangers_on(layout.top)
    with said(layout.top):
        is_new = not layout.top.exists()
        layout.top.mkdir(mode=CLOSED_DIR, parents=True, exist_ok=True)
        with opened_folder(layout.top, follow=True) as top:
            if is_new:
                hand_over(top, layout.top.parent.stat())
            _write_ignore_file(top)


def _write_ignore_file(top: int) -> None:
    with suppress(FileExistsError):
        descriptor = os.open(".gitignore", _CREATE, READABLE_FILE, dir_fd=top)
        with os.fdopen(descriptor, "w") as file:
            hand_over(file.fileno(), os.fstat(top))
            file.write("*\n")


def make_dir(layout: StateLayout, path: Path, mode: int = CLOSED_DIR) -> None:
    """Create a folder below the top; the one directly below it is closed, the last has ``mode``.

    Goes from folder to folder by descriptors, so that no link is followed below the top.
    """
    refuse_strangers_on(layout.top)
    outer, *inner = path.relative_to(layout.top).parts
    with said(path), opened_folder(layout.top, follow=True) as top, _made(outer, top) as closed:
        if os.fstat(closed).st_uid not in trusted_owners():
            raise PermissionError(errno.EPERM, "belongs to another user")
        set_mode(closed, CLOSED_DIR)
        _make_inner(inner, closed, mode)


def _make_inner(names: list[str], folder: int, mode: int) -> None:
    if not names:
        return
    is_last = len(names) == 1
    with _made(names[0], folder, mode if is_last else CLOSED_DIR) as inner:
        if is_last:
            set_mode(inner, mode)
        _make_inner(names[1:], inner, mode)


@contextmanager
def _made(name: str, folder: int, mode: int = CLOSED_DIR) -> Iterator[int]:
    """A folder in another one, open; made where it is not there."""
    is_new = make_folder(name, folder, mode)
    with opened_folder(name, folder) as inner:
        if is_new:
            hand_over(inner, os.fstat(folder))
        yield inner


def refuse_strangers_on(top: Path) -> None:
    """Raise `StateError` where another user could put a link in the place of the state folder."""
    with said(top):
        stranger = stranger_on(top)
    if stranger is not None:
        raise StateError(f"state folder {top}: {stranger_in_words(*stranger)}; {_ELSEWHERE}")


def write_atomic(path: Path, content: bytes, *, like: os.stat_result | None, mode: int) -> None:
    """Replace a file's content in one step, durably.

    With ``like`` the new file gets that owner and mode, otherwise ``mode``. A file of another user,
    which a new file could not be given to, is written in place: the caller has kept its content.
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
    """Make a file that is not there yet, in one step, durably; it belongs to its folder's owner.

    Raises FileExistsError where somebody else was quicker: a link, other than a rename, never takes
    the place of anything.
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
    return path.with_name(f".{path.name[:40]}{_UNFINISHED}{os.getpid()}-")


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
    """Sweep a state folder: every folder that a manager writes to, and none further down."""
    for folder, inner, _ in os.walk(top):
        if len(Path(folder).relative_to(top).parts) >= _DEPTH:
            inner.clear()
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
    with said(path), os.fdopen(os.open(path, os.O_RDWR | os.O_NOFOLLOW), "r+b") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _take_after(descriptor: int, like: os.stat_result | None, mode: int) -> None:
    if like is not None:
        set_owner(descriptor, like)
    set_mode(descriptor, mode if like is None else like.st_mode & 0o7777)


def refuse_closed(top: Path) -> None:
    """Raise `StateError` where the state folder is there and is another user's.

    Who cannot read what lies in it can neither prove an instance by it, nor take the keys out of
    what is shown.
    """
    refuse_closed_by_root(top)
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
