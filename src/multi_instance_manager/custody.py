"""Keeps people's sessions: copies them out to instances and harvests what instances refreshed.

The pool's file is the owner's, the runtime copy is the container's. Neither is ever overwritten
without the version that it had being in the other place or in the history.
"""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from multi_instance_manager import records
from multi_instance_manager.custody_state import Custody, Side, SyncRecord, compare
from multi_instance_manager.private_files import (
    CLOSED_FILE,
    OPEN_DIR,
    OPEN_FILE,
    READABLE_FILE,
    make_dir,
    said,
    write_atomic,
)
from multi_instance_manager.profiles import digest_of, is_whole_profile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from multi_instance_manager.secret import Secret
    from multi_instance_manager.state_layout import StateLayout

_READ_ATTEMPTS = 5
_READ_PAUSE_S = 0.05
_KEPT_VERSIONS = 10
_NUMBER_DIGITS = 6
_STASHED_KEY = "key.txt"
_STASHED_PROFILE = "profile.json"
_INSTALLED = "installed.sha256"


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a sync found, and what it did about it in words for the report (or nothing)."""

    custody: Custody
    note: str | None = None


class Custodian:
    """The sessions of one fleet. ``clock`` gives seconds since the epoch."""

    def __init__(self, layout: StateLayout, clock: Callable[[], float] = time.time) -> None:
        self._layout = layout
        self._clock = clock

    def custody_of(
        self, container_name: str, profile_name: str, pool_file: Path, *, is_aside: bool = False
    ) -> Custody:
        """Which side changed; reads, and changes nothing.

        An instance that is set aside has its session in the stash, harvested when it was put there:
        where that differs from the pool, the owner has put in another login.
        """
        stashed = self._layout.aside_dir(container_name) / _STASHED_PROFILE
        if is_aside and stashed.exists():
            same = _digest(stashed) == _digest(pool_file)
            return Custody.IN_SYNC if same else Custody.POOL_CHANGED
        copy = self._layout.copy(container_name, profile_name)
        record = records.read_sync(self._layout, container_name)
        sides = _side_of(pool_file), _side_of(copy)
        return compare(record, sides[0], sides[1]) if sides[0] else Custody.IN_SYNC

    def harvest(self, container_name: str, profile_name: str, pool_file: Path) -> Harvest:
        """Carry a session that the container refreshed back to the pool."""
        custody = self.custody_of(container_name, profile_name, pool_file)
        copy = self._layout.copy(container_name, profile_name)
        with said(pool_file):
            if custody is Custody.COPY_CHANGED:
                return self._carry_back(container_name, copy, pool_file)
            if custody is Custody.BOTH_CHANGED:
                kept = self.keep_version(container_name, copy.read_bytes())
                return Harvest(custody, f"its own newer session was kept as {kept}")
            return Harvest(custody)

    def _carry_back(self, container_name: str, copy: Path, pool_file: Path) -> Harvest:
        target = pool_file.resolve()
        content = _read_whole(copy)
        if content is None:
            return Harvest(Custody.TORN)
        before = target.read_bytes()
        self.keep_version(container_name, before)
        write_atomic(target, content, like=target.stat(), mode=CLOSED_FILE)
        self._record(container_name, content)
        return Harvest(Custody.COPY_CHANGED, "its refreshed session was saved to the pool")

    def install(
        self, container_name: str, profile_name: str, pool_file: Path, key: Secret | None
    ) -> None:
        """Write the private files that an instance starts with."""
        layout = self._layout
        folder = layout.active_dir(container_name)
        copy = layout.copy(container_name, profile_name)
        with said(pool_file):
            content = pool_file.read_bytes()
        make_dir(layout, folder, OPEN_DIR)
        self._clear(container_name, folder, keep=copy if _same(copy, content) else None)
        if not _same(copy, content):
            write_atomic(copy, content, like=None, mode=OPEN_FILE)
        with said(copy), suppress(PermissionError):
            copy.chmod(OPEN_FILE)
        make_dir(layout, layout.emergency_dir(container_name), OPEN_DIR)
        if key is not None:
            self._write_key(container_name, f"{key.reveal()}\n".encode())
        self._record(container_name, content)
        self._remember_installed(container_name, content)

    def _remember_installed(self, container_name: str, content: bytes) -> None:
        """Beside an old instance's files: which login its replacement began with.

        Both sides move on while the replacement is tried, so that this cannot be told later.
        """
        folder = self._layout.aside_dir(container_name)
        if folder.is_dir():
            digest = digest_of(content).encode()
            write_atomic(folder / _INSTALLED, digest, like=None, mode=CLOSED_FILE)

    def stash(self, container_name: str, profile_name: str) -> None:
        """Put by the private files of the old instance while a replacement is tried.

        To be called before the old container is set aside: once it is, its files are put by.
        """
        folder = self._layout.aside_dir(container_name)
        self.drop_stash(container_name)
        make_dir(self._layout, folder)
        sources = {
            _STASHED_PROFILE: self._layout.copy(container_name, profile_name),
            _STASHED_KEY: self._layout.key_file(container_name),
        }
        for name, source in sources.items():
            with said(source):
                if source.exists():
                    write_atomic(folder / name, source.read_bytes(), like=None, mode=CLOSED_FILE)

    def unstash(self, container_name: str, profile_name: str) -> None:
        """Give the old instance its files back after a failed replacement.

        Its session is taken back only where the owner had put in another login: otherwise the
        newer copy continues the same session, and an older one would lose what was refreshed.
        """
        folder = self._layout.aside_dir(container_name)
        with said(folder):
            self._take_back(container_name, profile_name, folder)
        self.drop_stash(container_name)

    def _take_back(self, container_name: str, profile_name: str, folder: Path) -> None:
        copy = self._layout.copy(container_name, profile_name)
        key, profile = folder / _STASHED_KEY, folder / _STASHED_PROFILE
        if key.exists():
            self._write_key(container_name, key.read_bytes())
        if profile.exists():
            session = profile.read_bytes()
            current = _read_whole(copy)
            installed = folder / _INSTALLED
            owner_changed = installed.exists() and installed.read_text() != digest_of(session)
            if current is None or (owner_changed and current != session):
                if current is not None:
                    self.keep_version(container_name, current)
                write_atomic(copy, session, like=None, mode=OPEN_FILE)
                self._record(container_name, session)

    def forget(self, container_name: str) -> None:
        """Remove the private files of an instance that is gone; the history stays."""
        layout = self._layout
        for folder in (layout.active_dir(container_name), layout.private_dir(container_name)):
            with said(folder), suppress(FileNotFoundError):
                shutil.rmtree(folder)
        with said(layout.custody_record(container_name)):
            layout.custody_record(container_name).unlink(missing_ok=True)
        self.drop_stash(container_name)

    def drop_stash(self, container_name: str) -> None:
        """Forget the old instance's files: its replacement is proven."""
        with said(self._layout.aside_dir(container_name)), suppress(FileNotFoundError):
            shutil.rmtree(self._layout.aside_dir(container_name))

    def keep_version(self, container_name: str, content: bytes) -> Path:
        """Put a version into the history, privately; the last few are kept.

        They are numbered: a clock that jumps does not make the newest the oldest.
        """
        folder = self._layout.history_dir(container_name)
        make_dir(self._layout, folder)
        with said(folder):
            return self._numbered(folder, content)

    def _numbered(self, folder: Path, content: bytes) -> Path:
        digest = digest_of(content)[:12]
        same = sorted(folder.glob(f"*-{digest}.json"))
        if same:
            return same[0]
        versions = sorted(folder.glob("*.json"))
        number = int(versions[-1].name[:_NUMBER_DIGITS]) + 1 if versions else 1
        moment = datetime.fromtimestamp(self._clock(), tz=UTC).strftime("%Y%m%dT%H%M%SZ")
        path = folder / f"{number:0{_NUMBER_DIGITS}}-{moment}-{digest}.json"
        write_atomic(path, content, like=None, mode=CLOSED_FILE)
        for older in versions[: max(0, len(versions) + 1 - _KEPT_VERSIONS)]:
            older.unlink(missing_ok=True)
        return path

    def _clear(self, container_name: str, folder: Path, keep: Path | None) -> None:
        """An instance's folder holds its own profile alone: anything else goes to the history."""
        with said(folder):
            for path in folder.iterdir():
                if path == keep:
                    continue
                if path.is_file() and path.stat().st_size:
                    self.keep_version(container_name, path.read_bytes())
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _write_key(self, container_name: str, content: bytes) -> None:
        path = self._layout.key_file(container_name)
        make_dir(self._layout, path.parent)
        write_atomic(path, content, like=None, mode=READABLE_FILE)

    def _record(self, container_name: str, content: bytes) -> None:
        records.write_sync(self._layout, container_name, SyncRecord(digest_of(content)))


def _side_of(path: Path) -> Side | None:
    """One side's file; read again for a moment while a container is in the middle of a write."""
    try:
        content = _read_whole(path)
        whole = content is not None
        if content is None:
            content = path.read_bytes()
        return Side(digest_of(content), whole, path.stat().st_mtime)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return Side("unreadable", whole=False, modified_at=0.0)


def _read_whole(path: Path) -> bytes | None:
    """The content once it is a whole profile, or None; the application truncates, then writes."""
    for attempt in range(_READ_ATTEMPTS):
        content = path.read_bytes()
        if is_whole_profile(content):
            return content
        if attempt < _READ_ATTEMPTS - 1:
            time.sleep(_READ_PAUSE_S)
    return None


def _same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _digest(path: Path) -> str | None:
    try:
        return digest_of(path.read_bytes())
    except OSError:
        return None
