"""Ends the manager at its n-th change of a file, as a kill does: nothing after that happens."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unit.memory_engine import Killed

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CHANGING = {
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.chmod",
    "os.rename",
    "os.link",
    "multi_instance_manager.exchange",
}


@dataclass
class Kill:
    """Where it is killed: before the change of that number, counted from 1."""

    number: int
    folder: Path
    changes: list[str] = field(default_factory=list)

    @property
    def reached(self) -> bool:
        return len(self.changes) >= self.number

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        opens = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
        if not (opens or event in _CHANGING) or isinstance(arguments[0], int):
            return
        path = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100  # nothing is resolved
        if path.startswith(f"{self.folder}/"):
            self.changes.append(f"{event} {path}")
            if self.reached:
                raise Killed


_walking: list[Kill] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _walking:
        _walking[0].hear(event, arguments)


sys.addaudithook(_hook)  # which cannot be taken away again


@contextmanager
def killed_at(number: int, folder: Path) -> Iterator[Kill]:
    """What is done in here ends before its n-th change below the folder."""
    kill = Kill(number, folder)
    _walking.append(kill)
    try:
        yield kill
    except Killed:
        pass
    finally:
        _walking.clear()


@contextmanager
def by_somebody_else() -> Iterator[None]:
    """What is done in here is not the manager's."""
    walking = _walking.copy()
    _walking.clear()
    yield
    _walking.extend(walking)
