"""Creates the state folder and its folders, closed to other users; follows no link."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.errors import StateError
from multi_instance_manager.files.left_files import folders_in, sweep_opened
from multi_instance_manager.files.owned_paths import stranger_in_words, stranger_on, trusted_owners
from multi_instance_manager.files.private_files import CLOSED_DIR, READABLE_FILE, said
from multi_instance_manager.files.rights import hand_over, make_folder, set_mode
from multi_instance_manager.files.untrusted_folders import opened_folder
from multi_instance_manager.state.layout import PRIVATE_FOLDER
from multi_instance_manager.state.left_by_root import refuse_closed_by_root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.state.layout import StateLayout


_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_ELSEWHERE = "run this as that user, or name a state folder of your own with --state-dir"


def prepare_top(layout: StateLayout) -> None:
    """Create the state folder, closed to others, and exclude it from version control.

    An existing folder keeps its mode: it may be shared on purpose.
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
    kind = layout.top / outer
    with said(kind), opened_folder(layout.top, follow=True) as top, _made(outer, top) as closed:
        if os.fstat(closed).st_uid not in trusted_owners():
            raise PermissionError(errno.EPERM, "belongs to another user")
        set_mode(closed, CLOSED_DIR)
        with said(path):
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
    """Open a folder in another one; create it if missing."""
    is_new = make_folder(name, folder, mode)
    with opened_folder(name, folder) as inner:
        if is_new:
            hand_over(inner, os.fstat(folder))
        yield inner


def refuse_strangers_on(top: Path) -> None:
    """Raise `StateError` if another user could replace the state folder with a link."""
    with said(top):
        stranger = stranger_on(top)
    if stranger is not None:
        raise StateError(f"state folder {top}", stranger_in_words(*stranger), _ELSEWHERE)


def sweep_below(top: Path) -> None:
    """Sweep a state folder: every folder that a manager writes to, and none further down."""
    with suppress(OSError), opened_folder(top, follow=True) as opened:
        sweep_opened(opened)
        for name in folders_in(opened):
            _sweep_tree(name, opened, 2 if name == PRIVATE_FOLDER else 1)


def _sweep_tree(name: str, outer: int, depth: int) -> None:
    """A folder in an open one, and those in it; ``depth`` 0 is the folder by itself."""
    with suppress(OSError), opened_folder(name, outer) as folder:
        sweep_opened(folder)
        for inner in folders_in(folder) if depth else ():
            _sweep_tree(inner, folder, depth - 1)


def refuse_closed(top: Path) -> None:
    """Raise `StateError` if the state folder exists and belongs to another user.

    Without read access, no instance can be verified, and no key can be masked in the output.
    """
    refuse_closed_by_root(top)
    if top.is_dir() and not os.access(top, os.R_OK | os.X_OK):
        raise StateError(f"state folder {top}", "is closed to this user", "run this as its owner")
