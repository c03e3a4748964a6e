"""Shows progress: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from multi_instance_manager.progress import LAST_PHASES, Event, Phase
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.progress import Progress, TaskID

    from multi_instance_manager.progress import Sink

_QUIET = {Phase.PROBING, Phase.PROVING, Phase.CREATING, Phase.HARVESTED, Phase.SYNCED}


def plain_lines(write: Callable[[str], None]) -> Sink:
    """Return a sink that writes a line for each step."""
    lock = threading.Lock()

    def sink(event: Event) -> None:
        if event.phase in _QUIET:
            return
        detail = f": {event.detail}" if event.detail else ""
        with lock:
            write(f"{event.container_name}: {event.phase}{detail}")

    return sink


@contextmanager
def live_display(console: Console, total: int, doing: str) -> Iterator[Sink]:
    """A line for the whole run and one for each instance that something is happening to."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[phase]}", markup=False, style="dim"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    with progress:
        whole = progress.add_task(doing, total=total, phase=f"0 of {total} done")
        yield _Drawing(progress, whole, total).sink


class _Drawing:
    """Holds the lines of the live display; several threads call the sink."""

    def __init__(self, progress: Progress, whole: TaskID, total: int) -> None:
        self._progress = progress
        self._whole = whole
        self._total = total
        self._done = 0
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def sink(self, event: Event) -> None:
        with self._lock:
            name = event.container_name
            if event.phase in LAST_PHASES:
                if name in self._tasks:
                    self._progress.remove_task(self._tasks.pop(name))
                self._done += 1
                said = f"{self._done} of {self._total} done"
                self._progress.update(self._whole, phase=said, completed=self._done)
                return
            if name not in self._tasks:
                self._tasks[name] = self._progress.add_task(name, total=None, phase="")
            said = printable(f"{event.phase} {event.detail}".strip())
            self._progress.update(self._tasks[name], phase=said[:60])
