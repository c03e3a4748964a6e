"""Looks at the processes of many containers together: one pass serves everyone who waits for it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from multi_instance_manager.host.container_processes import processes_by_container

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from multi_instance_manager.application.process_table import Process

    Pass = Callable[[Collection[str]], Mapping[str, Sequence[Process]]]


class ProcessLooks:
    """Shared by all threads of one run."""

    def __init__(self, look: Pass = processes_by_container) -> None:
        self._look = look
        self._looking = threading.Lock()
        self._wanting = threading.Lock()
        self._wanted: set[str] = set()
        self._found: Mapping[str, Sequence[Process]] = {}
        self._looked_at = float("-inf")

    def of(self, container_id: str) -> Sequence[Process]:
        """The container's processes, as they were at a moment after this was asked."""
        asked_at = time.monotonic()
        with self._wanting:
            self._wanted.add(container_id)
        with self._looking:
            if self._looked_at < asked_at:
                self._look_at_all()
            return self._found.get(container_id, ())

    def _look_at_all(self) -> None:
        """Whoever has asked by now is served by this look."""
        self._looked_at = time.monotonic()
        with self._wanting:
            wanted = frozenset(self._wanted)
        self._found = self._look(wanted)
