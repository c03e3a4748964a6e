"""Remembers every version of a session that was ever the newest, and says which is lost.

A version must be in the pool, in a runtime copy, among the files put aside, or in the history. The
history keeps the last few of each instance, so one that was seen there may leave a full history.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from scratch import Scratch

KEPT_VERSIONS = 10


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a session: which login it continues, when it was saved, where it was seen."""

    digest: str
    login: str
    saved_at: float
    """When the instance saved it; 0 for what the owner saved."""
    seen_at: str

    def __str__(self) -> str:
        """For people."""
        saved = f"saved by its instance at {self.saved_at:.3f}" if self.saved_at else "as logged in"
        return f"{self.login}, {saved}, {self.digest[:12]}, first seen at {self.seen_at}"


@dataclass
class Sessions:
    """The versions that must not be lost, by digest.

    With ``is_superseded_kept`` a version counts as kept where a later save of the same login is.
    """

    pool: Scratch
    is_superseded_kept: bool = False
    known: dict[str, Version] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Take note of what the pool and the runtime copies hold now."""
        for version in self._versions(self._newest()):
            self.known.setdefault(version.digest, version)

    def about_to_overwrite(self, *paths: Path) -> None:
        """Somebody else overwrites or deletes these files: what is nowhere else is not ours."""
        self.look()
        elsewhere = self._versions(path for path in self._places() if path not in paths)
        kept = {version.digest for version in elsewhere}
        for version in self._versions(paths):
            if version.digest not in kept:
                self.known.pop(version.digest, None)

    def lost(self) -> list[str]:
        """The versions that were known and are nowhere now."""
        self.archived |= {_digest(path.read_bytes()) for path in self._history()}
        present = list(self._versions(self._places()))
        digests = {version.digest for version in present}
        missing = [version for digest, version in self.known.items() if digest not in digests]
        lost = [one for one in missing if not self._may_be_missing(one, present)]
        for version in missing:
            del self.known[version.digest]
        return [f"session lost: {version}" for version in lost]

    def _may_be_missing(self, version: Version, present: list[Version]) -> bool:
        return self._has_aged_out(version) or (
            self.is_superseded_kept and any(_continues(version, other) for other in present)
        )

    def _has_aged_out(self, version: Version) -> bool:
        """It was in a history that is full now; the history moves with a profile's new name."""
        if version.digest not in self.archived:
            return False
        folders = {path.parent for path in self._history()}
        full = [one for one in folders if len(list(one.glob("*.json"))) >= KEPT_VERSIONS]
        return any(
            one.login == version.login
            for folder in full
            for one in self._versions(folder.glob("*.json"))
        )

    def _newest(self) -> list[Path]:
        return [*self.pool.saved.glob("*.json"), *self.pool.state.glob("active/*/*.json")]

    def _history(self) -> list[Path]:
        return list(self.pool.state.glob("history/*/*.json"))

    def _places(self) -> list[Path]:
        return [*self._newest(), *self._history(), *self.pool.state.glob("aside/*/*")]

    def _versions(self, paths: Iterable[Path]) -> Iterable[Version]:
        read = (_version(path, self.pool.root) for path in paths if path.is_file())
        return (version for version in read if version)


def _continues(version: Version, other: Version) -> bool:
    return other.login == version.login and other.saved_at > version.saved_at


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _version(path: Path, root: Path) -> Version | None:
    """The version that a file holds; None where it holds none, or a torn one."""
    content = path.read_bytes()
    try:
        session = json.loads(content)
        login, save = session["marker"], session.get("reference_instance", {})
    except (ValueError, TypeError, KeyError):
        return None
    seen_at = str(path.relative_to(root))
    return Version(_digest(content), login, save.get("saved_at", 0.0), seen_at)
