"""Keeps people's sessions: copies them out to instances and harvests what instances refreshed.

The pool's file is the owner's, the runtime copy is the container's. Neither is ever overwritten
without the version that it had being in the other place or in the history.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from multi_instance_manager.application.held_login import LoginRank, login_rank
from multi_instance_manager.errors import InstanceFailed
from multi_instance_manager.files.private_files import (
    CLOSED_FILE,
    OPEN_DIR,
    OPEN_FILE,
    READABLE_DIR,
    READABLE_FILE,
    said,
    write_atomic,
)
from multi_instance_manager.files.untrusted_folders import empty_folder, remove_tree
from multi_instance_manager.sessions import saved_copy
from multi_instance_manager.sessions.harvest import Harvesting, take_in
from multi_instance_manager.sessions.history import keep_version
from multi_instance_manager.sessions.open_pools import real_pool_file
from multi_instance_manager.sessions.own_folder import clear_own_folder
from multi_instance_manager.sessions.pool import content_in_pool, is_whole_profile
from multi_instance_manager.sessions.session_files import (
    digest_of_file,
    look_at_copy,
    look_at_pool,
    read_if_there,
    read_whole,
)
from multi_instance_manager.sessions.sync_state import Custody, Harvest, compare
from multi_instance_manager.sessions.unsaved import (
    is_too_large,
    keep_all,
    keep_copy,
    keep_if_unknown,
    keep_if_unsaved,
)
from multi_instance_manager.sessions.version_source import VersionSource
from multi_instance_manager.state import records
from multi_instance_manager.state.folder import make_dir
from multi_instance_manager.state.layout import OWN_KEY_FILE, PREDECESSOR, RECORD_OF_SECRETS
from multi_instance_manager.state.sync_record import SyncRecord
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from multi_instance_manager.application.definition import LoginCookies
    from multi_instance_manager.state.layout import StateLayout
    from multi_instance_manager.text.secret import Secret

_STASHED_PROFILE = "profile.json"
_INSTALLED = "installed.sha256"


class Custodian:
    """The sessions of one fleet. ``clock`` gives seconds since the epoch.

    ``login`` tells which cookies carry a login; without it any cookie does. ``renamed`` are the new
    container names of profiles that were renamed, by the old ones.
    """

    def __init__(
        self,
        layout: StateLayout,
        login: LoginCookies | None = None,
        clock: Callable[[], float] = time.time,
        *,
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        self.layout = layout
        self._login = login
        self._clock = clock
        self._renamed = renamed or {}

    def custody_of(
        self, container_name: str, profile_name: str, pool_file: Path, *, is_aside: bool = False
    ) -> Custody:
        """Which side changed; reads, and changes nothing. NO_POOL where that cannot be told.

        An instance that is set aside has its session in the stash, harvested when it was put there:
        where that differs from the pool, the owner has put in another login.
        """
        try:
            pool = look_at_pool(real_pool_file(self.layout, pool_file), self.rank).side
        except OSError:
            pool = None
        if pool is None:
            return Custody.NO_POOL
        stashed = self.stashed(container_name)
        if is_aside and stashed.exists():
            same = digest_of_file(stashed) == pool.digest
            return Custody.IN_SYNC if same else Custody.POOL_CHANGED
        copy = self.layout.copy(container_name, profile_name)
        own = look_at_copy(copy, self.rank).side
        return compare(records.read_sync(self.layout, container_name), pool, own)

    def harvest(self, container_name: str, profile_name: str, pool_file: Path) -> Harvest:
        """Carry a session that the container refreshed back to the pool.

        Raises `StateError` where either side cannot be read or written: nothing is saved then.
        """
        return Harvesting(self, container_name, profile_name, pool_file).run()

    def take_in(self, folder: Path) -> None:
        """Keep what a manager that was killed while it saved a session left in a pool's folder."""
        take_in(self, folder)

    def install(
        self, container_name: str, profile_name: str, pool_file: Path, key: Secret | None
    ) -> None:
        """Write the private files that an instance starts with."""
        layout = self.layout
        folder = layout.active_dir(container_name)
        copy = layout.copy(container_name, profile_name)
        with said(pool_file):
            content = content_in_pool(real_pool_file(layout, pool_file))
        if not is_whole_profile(content):
            raise InstanceFailed(
                "its profile changed during the run and is not a whole one now",
                next_step="save it again, then run the command again",
            )
        # First: a run that is cut short from here on gives the old instance its own session back.
        self._remember_installed(container_name, content)
        make_dir(layout, folder, OPEN_DIR)
        if is_too_large(copy):
            keep_copy(self, container_name, copy)
        with said(folder):
            clear_own_folder(copy, content, partial(self.keep_version, container_name))
        if not os.path.lexists(copy):
            write_atomic(copy, content, like=None, mode=OPEN_FILE)
        make_dir(layout, layout.mask_dir(container_name))
        make_dir(layout, layout.emergency_dir(container_name), READABLE_DIR)
        with said(layout.emergency_dir(container_name)):
            empty_folder(layout.emergency_dir(container_name))
        saved_copy.install(layout, container_name, profile_name, content)
        if key is not None:
            self._write_key(container_name, f"{key.reveal()}\n".encode())
        self._record(container_name, content)

    def clear_strangers(self, container_name: str, profile_name: str) -> None:
        """Before an instance starts again: nothing beside its own copy is left for it to run on."""
        layout = self.layout
        copy, emergency = layout.copy(container_name, profile_name), layout.emergency_dir
        keep = partial(self.keep_version, container_name)
        with said(copy.parent), suppress(FileNotFoundError):
            clear_own_folder(copy, None, keep)
        with said(emergency(container_name)), suppress(FileNotFoundError):
            empty_folder(emergency(container_name))

    def _remember_installed(self, container_name: str, content: bytes) -> None:
        """Beside an old instance's files: which login its replacement began with.

        Both sides move on while the replacement is tried, so that this cannot be told later.
        """
        folder = self.layout.aside_dir(container_name)
        if folder.is_dir():
            digest = digest_of(content).encode()
            write_atomic(folder / _INSTALLED, digest, like=None, mode=CLOSED_FILE)

    def stash(self, container_name: str, profile_name: str) -> None:
        """Put by the private files of the old instance while a replacement is tried.

        To be called before the old container is set aside: once it is, its files are put by.
        """
        folder = self.layout.aside_dir(container_name)
        self.drop_stash(container_name)
        make_dir(self.layout, folder)
        sources = {
            _STASHED_PROFILE: self.layout.copy(container_name, profile_name),
            OWN_KEY_FILE: self.layout.key_file(container_name),
            RECORD_OF_SECRETS: self.layout.secret_record(container_name),
        }
        for name, source in sources.items():
            with said(source):
                content = read_if_there(source)
                if content is not None:
                    write_atomic(folder / name, content, like=None, mode=CLOSED_FILE)

    def unstash(self, container_name: str, profile_name: str) -> None:
        """Give the old instance its files back after a failed replacement.

        Its session is taken back only where the owner had put in another login: otherwise the
        newer copy continues the same session, and an older one would lose what was refreshed.
        """
        folder = self.layout.aside_dir(container_name)
        with said(folder):
            self._take_back(container_name, profile_name, folder)
        self.drop_stash(container_name)

    def _take_back(self, container_name: str, profile_name: str, folder: Path) -> None:
        copy = self.layout.copy(container_name, profile_name)
        key, profile = folder / OWN_KEY_FILE, folder / _STASHED_PROFILE
        if key.exists():
            self._write_key(container_name, key.read_bytes())
        record = read_if_there(folder / RECORD_OF_SECRETS)
        if record is not None:
            path = self.layout.secret_record(container_name)
            write_atomic(path, record, like=None, mode=CLOSED_FILE)
        if profile.exists():
            session = profile.read_bytes()
            current = read_whole(copy) if os.path.lexists(copy) else None
            installed = folder / _INSTALLED
            owner_changed = installed.exists() and installed.read_text() != digest_of(session)
            if current is None or (owner_changed and current != session):
                keep_copy(self, container_name, copy)
                write_atomic(copy, session, like=None, mode=OPEN_FILE)
                self._record(container_name, session)
                saved_copy.refresh(self.layout, container_name, profile_name, session)
            saved_copy.restore(self.layout, container_name, profile_name, current or session)

    def note_predecessor(self, container_name: str, profile_name: str) -> None:
        """Note that an instance is about to take the place of one under another name.

        It stands where the files of an old instance wait, and goes with them.
        """
        folder = self.layout.aside_dir(container_name)
        make_dir(self.layout, folder)
        content = profile_name.encode(errors="surrogateescape")
        write_atomic(folder / PREDECESSOR, content, like=None, mode=CLOSED_FILE)

    def keep_copy(self, container_name: str, copy: Path) -> Path | None:
        """Put what a runtime copy holds into the history, if it holds anything."""
        return keep_copy(self, container_name, copy)

    def keep_if_unsaved(self, container_name: str, copy: Path, pool_file: Path | None) -> None:
        """Put a whole copy into the history that holds what the pool does not."""
        keep_if_unsaved(self, container_name, copy, pool_file)

    def keep_legacy(self, container_name: str, pool_file: Path | None) -> Path | None:
        """Put the earlier script's copy into the history, unless that or the pool has it."""
        copy = self.layout.legacy_copy(container_name)
        return keep_if_unknown(self, container_name, copy, pool_file)

    def forget(
        self, container_name: str, profile_name: str | None = None, pool_file: Path | None = None
    ) -> None:
        """Remove the private files of an instance that is gone; the history stays.

        What they hold and the pool does not goes into the history first. Raises `StateError` where
        that cannot be done: what could not be kept is not removed then.
        """
        keep_all(self, container_name, profile_name, pool_file)
        layout = self.layout
        for folder in (layout.active_dir(container_name), layout.private_dir(container_name)):
            with said(folder), suppress(FileNotFoundError):
                remove_tree(folder)
        for path in (layout.custody_record(container_name), layout.legacy_copy(container_name)):
            with said(path):
                path.unlink(missing_ok=True)
        self.drop_stash(container_name)

    def stashed(self, container_name: str) -> Path:
        """Where the session of an instance that was set aside is put by."""
        return self.layout.aside_dir(container_name) / _STASHED_PROFILE

    def drop_stash(self, container_name: str) -> None:
        """Forget the old instance's files: its replacement is proven."""
        with said(self.layout.aside_dir(container_name)), suppress(FileNotFoundError):
            remove_tree(self.layout.aside_dir(container_name))

    def keep_version(
        self, container_name: str, content: bytes, source: VersionSource = VersionSource.INSTANCE
    ) -> Path:
        """Put a version into the history; that of a renamed profile goes with its new name."""
        name = self.history_name(container_name)
        return keep_version(self.layout, name, content, self._clock(), self.rank, source)

    def history_name(self, container_name: str) -> str:
        """The container name that the versions of an instance are kept under."""
        return self._renamed.get(container_name, container_name)

    def rank(self, content: bytes) -> LoginRank:
        """How much of a login a profile holds."""
        return login_rank(content, self._login, now=self._clock())

    def holds_login(self, content: bytes) -> bool:
        """Whether a profile holds a login that has not ended."""
        return self.rank(content) >= LoginRank.OTHER

    def _write_key(self, container_name: str, content: bytes) -> None:
        path = self.layout.key_file(container_name)
        make_dir(self.layout, path.parent)
        write_atomic(path, content, like=None, mode=READABLE_FILE)

    def _record(self, container_name: str, content: bytes) -> None:
        records.write_sync(self.layout, container_name, SyncRecord(digest_of(content)))
