"""Allows one manager at a time for each pool and prefix, by a lock that names its holder."""

from __future__ import annotations

import os
import time
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import Busy, StateError
from multi_instance_manager.files.rights import hand_over_path
from multi_instance_manager.state.folder import make_dir
from multi_instance_manager.state.left_by_root import refuse_closed_by_root
from multi_instance_manager.text.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from multi_instance_manager.state.layout import StateLayout


class _Holder(msgspec.Struct):
    pid: int
    since: float


@contextmanager
def fleet_lock(layout: StateLayout, *, timeout_s: float) -> Iterator[None]:
    """Hold the lock; raises `Busy` with the holder's pid if another manager keeps it.

    The kernel releases the lock with the process, so a dead holder blocks no one. The note beside
    it is only for users; it may be stale, and decides nothing.
    """
    from filelock import FileLock, Timeout

    refuse_closed_by_root(layout.top)
    make_dir(layout, layout.lock.parent)
    note = layout.lock.with_suffix(".holder")
    lock = FileLock(layout.lock)  # no mode: a file system without modes would refuse the lock
    try:
        with warnings.catch_warnings(action="ignore"):  # of a file system without locks
            lock.acquire(timeout=timeout_s)
    except Timeout:
        raise Busy(
            f"fleet {layout.fleet}",
            f"another manager{_described(note)} is at work on it",
            "wait for it, or give it longer with --lock-timeout",
        ) from None
    except OSError as problem:
        raise StateError(
            str(layout.lock),
            f"cannot be locked ({problem.strerror})",
            "name a state folder on a file system that has locks with --state-dir",
        ) from problem
    try:
        with suppress(OSError):
            note.write_bytes(msgspec.json.encode(_Holder(os.getpid(), time.time())))
        for path in (layout.lock, note):
            hand_over_path(path)
        yield
    finally:
        with suppress(OSError):
            note.unlink()
        lock.release()


def _described(note: Path) -> str:
    try:
        holder = msgspec.json.decode(note.read_bytes(), type=_Holder)
    except (OSError, *JSON_FAULTS):
        return ""
    since = time.strftime("%H:%M:%S", time.localtime(holder.since))
    return f" (pid {holder.pid}, since {since})"
