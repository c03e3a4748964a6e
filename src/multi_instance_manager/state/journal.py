"""A line for every step that begins, to tell after a crash what was in progress.

Recovery uses the engine's state and the labels. The journal is for users, and has what no engine
shows: that a stop is still in progress.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.files.private_files import CLOSED_FILE, said
from multi_instance_manager.files.rights import hand_over
from multi_instance_manager.progress import Phase
from multi_instance_manager.state.folder import make_dir
from multi_instance_manager.text.json_faults import JSON_FAULTS
from multi_instance_manager.text.json_text import json_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multi_instance_manager.state.layout import StateLayout


ALL_ENDED = "all-ended"


def stopping_when_cut_short(layout: StateLayout) -> frozenset[str]:
    """Return the containers that the run before was stopping when it was cut short.

    The engine continues a stop after its caller has gone: such a container may look alive and be
    killed a moment later.
    """
    try:
        lines = layout.journal.read_bytes().splitlines()
        entries = [msgspec.json.decode(line, type=dict[str, Any]) for line in lines]
    except (OSError, *JSON_FAULTS):
        return frozenset()
    last = {str(entry.get("container")): entry.get("phase") for entry in entries}
    if last.get("") == ALL_ENDED:
        return frozenset()
    return frozenset(name for name, phase in last.items() if phase == Phase.STOPPING)


class Journal:
    """The journal of one run; it replaces the one of the run before.

    ``still_stopping`` are containers that an earlier run was stopping when it was cut short, and
    that this run does not handle: the next one must still learn of them. Otherwise the journal is
    only for users: a full disk does not prevent a step.
    """

    def __init__(self, layout: StateLayout, still_stopping: Iterable[str] = ()) -> None:
        self._path = layout.journal
        self._lock = threading.Lock()
        make_dir(layout, self._path.parent)
        with said(self._path):
            self._descriptor = os.open(
                self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, CLOSED_FILE
            )
        hand_over(self._descriptor, self._path.parent.stat())
        self._still_stopping = tuple(still_stopping)
        for name in self._still_stopping:
            self.note(name, Phase.STOPPING)

    def end(self) -> None:
        """Write that all is done, unless a stop of an earlier run may be in progress."""
        if not self._still_stopping:
            self.note("", ALL_ENDED)

    def note(self, container_name: str, phase: str, detail: str = "") -> None:
        """Write that a step begins (or, at the end, that all is done)."""
        entry = {"at": round(time.time(), 3), "pid": os.getpid(), "container": container_name}
        step = f"{phase} {detail}".strip()
        line = json_bytes({**entry, "phase": phase, "step": step}) + b"\n"
        with self._lock, suppress(OSError):
            os.write(self._descriptor, line)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)
