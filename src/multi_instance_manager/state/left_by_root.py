"""Finds files that a run as root has left in a user's state folder, and the remedy.

Current runs leave none. An earlier version, or a folder that root created for itself, still blocks
every command of the user.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from multi_instance_manager.errors import StateError
from multi_instance_manager.state.layout import ACTIVE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST = 1000


def closed_by_root(top: Path) -> str | None:
    """Return the fault of a state folder that this user may not use, with the remedy; or None."""
    user = os.geteuid()
    if user == 0:
        return None
    for path in islice(_entries(top), _MOST):
        with suppress(OSError):
            if os.lstat(path).st_uid == 0 and not os.access(path, os.R_OK | os.W_OK):
                fact = f"a run as root left {path} there, closed to this user"
                return f"{fact}: `sudo chown -R {user}:{os.getegid()} {top}` gives it back"
    return None


def refuse_closed_by_root(top: Path) -> None:
    """Raise `StateError` with the remedy."""
    fault = closed_by_root(top)
    if fault is not None:
        raise StateError(f"state folder {top}", fault)


def _entries(top: Path) -> Iterator[str]:
    """The folder, what lies in it, and what lies in that: records, and an instance's folders.

    Those that containers write to are left out: their root may have closed one, as no run has.
    """
    yield str(top)
    for outer in _listed(str(top)):
        yield outer
        is_theirs = outer == f"{top}/{ACTIVE_FOLDER}"
        yield from (path for path in _listed(outer) if not (is_theirs and _is_folder(path)))


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)  # noqa: PTH112, PTH114  # text stays text


def _listed(folder: str) -> list[str]:
    with suppress(OSError), os.scandir(folder) as found:
        return sorted(entry.path for entry in islice(found, _MOST))
    return []
