"""Sees every version of a session that was ever the newest, and misses those that got lost."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from e2e.project import Project

Login = str
"""The value of the fake cookie: another one is another login by the owner."""


@dataclass
class Witness:
    """Looks at the pool and the runtime copies, whenever it is told to.

    An instance that saves its session again supersedes its own version before; everything else that
    was once the newest version of its login must still be somewhere.
    """

    project: Project
    newest: dict[Login, float] = field(default_factory=dict)
    """When the newest version seen of each login was saved."""
    places: list[Path] = field(default_factory=list)
    """Other state folders than the project's own."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def _states(self) -> list[Path]:
        return [self.project.state, *self.places]

    def look(self) -> None:
        with self._lock:
            places = [*self.project.saved.glob("*.json")]
            for state in self._states:
                places += state.glob("active/*/*.json")
            for login, saved_at in _found(places).items():
                self.newest[login] = max(saved_at, self.newest.get(login, 0.0))

    def forget(self) -> None:
        """Begin anew with what is there: the history keeps the last ten versions only."""
        with self._lock:
            self.newest.clear()
        self.look()

    @property
    def missing(self) -> dict[Login, str]:
        """The logins whose newest version is neither in the pool nor in a copy nor kept."""
        kept = ("active", "history", "aside")
        folders = [self.project.saved, *(s / name for s in self._states for name in kept)]
        still = _found([path for folder in folders for path in folder.rglob("*.json")])
        with self._lock:
            return {
                login: f"saved at {saved_at}, and left is {still.get(login, 'nothing')}"
                for login, saved_at in self.newest.items()
                if still.get(login, -1.0) < saved_at
            }


def _found(paths: list[Path]) -> dict[Login, float]:
    """The newest version of each login in these files; torn ones count for nothing."""
    found: dict[Login, float] = {}
    for path in paths:
        try:
            content = json.loads(path.read_bytes())
            login = str(content["cookies"][0]["value"])
            saved_at = float(content.get("reference_instance", {}).get("saved_at", 0.0))
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            continue
        found[login] = max(saved_at, found.get(login, 0.0))
    return found
