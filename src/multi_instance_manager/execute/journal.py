"""A line for every step that begins, so that what was under way can be told after a crash.

Recovery rests on what the engine shows and on the labels; the journal is for people.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.private_files import CLOSED_FILE, make_dir, said

if TYPE_CHECKING:
    from multi_instance_manager.state_layout import StateLayout


class Journal:
    """The journal of one run; it replaces the one of the run before.

    It is for people alone: a full disk does not keep a step from being made or undone.
    """

    def __init__(self, layout: StateLayout) -> None:
        self._path = layout.journal
        self._lock = threading.Lock()
        make_dir(layout, self._path.parent)
        with said(self._path):
            self._descriptor = os.open(
                self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, CLOSED_FILE
            )

    def note(self, container_name: str, step: str) -> None:
        """Write that a step begins (or, at the end, that all is done)."""
        entry = {"at": round(time.time(), 3), "pid": os.getpid(), "container": container_name}
        line = msgspec.json.encode({**entry, "step": step}) + b"\n"
        with self._lock, suppress(OSError):
            os.write(self._descriptor, line)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)
