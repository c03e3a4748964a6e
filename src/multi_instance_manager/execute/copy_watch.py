"""Watches a runtime copy while its application ends: whether it has saved, and all of it.

The application truncates its file and writes it anew; whoever stops it in between leaves half of a
session. What was saved is held on to: the container's supervisor starts the application again at
once, and what that does until the stop must not spoil it.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from multi_instance_manager.files.private_files import OPEN_FILE, write_atomic
from multi_instance_manager.sessions.pool import is_whole_profile
from multi_instance_manager.sessions.session_files import read_if_there, read_whole
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# It ends by itself in less, mostly. One that goes on may still be answering a request, and what was
# written may be a save of every half hour.
_QUIET_S = 3.0


class CopyWatch:
    """One copy, from the moment on at which this is made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._signature = self._last = _signature(path)
        self._digest = _digest(path)
        self._changed_at = time.monotonic()
        self._judged: tuple[int, ...] | None = None
        self._saved: bytes | None = None

    @property
    def has_changed(self) -> bool:
        """Whether it holds another content than at the beginning."""
        return _digest(self._path) != self._digest

    @property
    def was_written(self) -> bool:
        """Whether it was written since, be it with the same content."""
        return _signature(self._path) != self._signature

    def is_saved(self) -> bool:
        """Whether it was written since, is whole, and has been left alone for a moment."""
        now, signature = time.monotonic(), _signature(self._path)
        if signature != self._last:
            self._last, self._changed_at = signature, now
        is_new = signature not in {None, self._signature, self._judged}
        if not is_new or now - self._changed_at < _QUIET_S:
            return False
        self._judged = signature  # half a file is not read again until it changes
        content = _content(self._path)
        return content is not None and is_whole_profile(content)

    def hold(self) -> bytes | None:
        """Hold on to what it has now; gives that where it is whole and another than before."""
        with suppress(OSError):
            self._saved = read_whole(self._path)
        is_new = self._saved is not None and digest_of(self._saved) != self._digest
        return self._saved if is_new else None

    def put_back(self, is_spoilt: Callable[[bytes, bytes], bool]) -> bool:
        """Put back what was held where it is whole no more, or ``is_spoilt`` says so.

        That gets what was held and what is there. Gives whether it was put back; raises
        `StateError` where it could not be.
        """
        if self._saved is None:
            return False
        content = _content(self._path)
        is_whole = content is not None and is_whole_profile(content)
        if content == self._saved or (is_whole and not is_spoilt(self._saved, content or b"")):
            return False
        write_atomic(self._path, self._saved, like=None, mode=OPEN_FILE)
        return True


def _signature(path: Path) -> tuple[int, ...] | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _content(path: Path) -> bytes | None:
    try:
        return read_if_there(path)
    except OSError:
        return None


def _digest(path: Path) -> str | None:
    content = _content(path)
    return None if content is None else digest_of(content)
