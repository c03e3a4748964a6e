"""Finds and removes the files that killed managers have left in a folder.

A container may write to such a folder: it is looked at by its descriptor, through no link, and up
to a bound. A name proves nothing but a process number, and that only as the kernel writes one.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from multi_instance_manager.files.untrusted_folders import opened_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNFINISHED = ".unfinished-by-"
_MOST_ENTRIES = 20_000
_HIGHEST_PID = 2**31 - 1  # of the kernel's type; the highest in use is lower
_MOST_DIGITS = len(str(_HIGHEST_PID))


def sweep(folder: Path) -> None:
    """Remove what managers that were killed in the middle of a write have left in a folder.

    The path itself may be a link of its owner's. Files of a manager that still runs are left alone;
    what cannot be removed stays.
    """
    with suppress(OSError), opened_folder(folder, follow=True) as opened:
        sweep_opened(opened)


def sweep_opened(folder: int) -> None:
    """The same in an open folder."""
    for name, _, pid in left_files(folder, UNFINISHED):
        if not is_alive(pid):
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)


def left_files(folder: int, mark: str) -> Iterator[tuple[str, str, int]]:
    """The hidden names in an open folder that have a mark, and behind it a process number.

    Each with what stands between its dot and the mark, and that number.
    """
    with suppress(OSError), os.scandir(folder) as listed:
        names = [entry.name for entry in islice(listed, _MOST_ENTRIES)]
        for name in names:
            before, _, after = name.rpartition(mark)
            pid = _pid_in(after.partition("-")[0])
            if before.startswith(".") and pid is not None:
                yield name, before[1:], pid


def folders_in(folder: int) -> list[str]:
    """The names of the folders in an open one, up to the bound; none where it cannot be read."""
    with suppress(OSError), os.scandir(folder) as listed:
        entries = islice(listed, _MOST_ENTRIES)
        return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    return []


def is_alive(pid: int) -> bool:
    """Whether a process of that number runs, of whatever user."""
    if pid > _HIGHEST_PID:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _pid_in(text: str) -> int | None:
    """A process number as it is written, in ASCII digits, or None."""
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
        return None
    pid = int(text)
    return pid if 0 < pid <= _HIGHEST_PID else None
