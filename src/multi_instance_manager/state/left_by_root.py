"""Finds what a run as root has left in a user's state folder, and tells the one remedy.

Of today's runs nothing stays root's there; an earlier version, or a folder that root made for
itself, still keeps every command of the user from its work.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from multi_instance_manager.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST = 1000


def closed_by_root(top: Path) -> str | None:
    """What is wrong with a state folder that this user may not use, with what cures it; or None."""
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
    """The folder, what lies in it, and what lies in that: records, and an instance's folders."""
    yield str(top)
    for outer in _listed(str(top)):
        yield outer
        yield from _listed(outer)


def _listed(folder: str) -> list[str]:
    with suppress(OSError), os.scandir(folder) as found:
        return sorted(entry.path for entry in islice(found, _MOST))
    return []
