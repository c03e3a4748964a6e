"""Carries a session that a container refreshed back to the pool, or keeps it in the history.

What is decided is decided on the bytes that are about to be replaced: where the owner saves another
login between the look and the replacement, both are looked at again.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import StateError
from multi_instance_manager.files.compared import left_behind, replace_compared
from multi_instance_manager.files.private_files import CLOSED_FILE, said, write_new
from multi_instance_manager.files.untrusted_files import size_of_untrusted
from multi_instance_manager.sessions import saved_copy
from multi_instance_manager.sessions.history import versions
from multi_instance_manager.sessions.open_pools import real_pool_file
from multi_instance_manager.sessions.pool import content_in_pool
from multi_instance_manager.sessions.pool_sources import note_source, source_in_pool
from multi_instance_manager.sessions.session_files import (
    SideSnapshot,
    look_at_copy,
    look_at_pool,
    read_if_there,
)
from multi_instance_manager.sessions.sync_state import (
    NOT_TAKEN,
    Custody,
    Harvest,
    compare,
    fate_of,
    fault_of_copy,
)
from multi_instance_manager.sessions.version_source import VersionSource
from multi_instance_manager.state import records
from multi_instance_manager.state.sync_record import SyncRecord
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from multi_instance_manager.sessions.custodian import Custodian

_LOOKS = 6
_PAUSE_S = 0.05
_NEVER_CARRIED = {
    Custody.BOTH_CHANGED: "its own newer session",
    Custody.LOGIN_LOST: "it is signed out, so the pool keeps its version; what it saved since",
}


class Harvesting(msgspec.Struct, frozen=True):
    """The harvest of one instance into a file of the pool."""

    custodian: Custodian
    container_name: str
    profile_name: str
    pool_file: Path

    def run(self) -> Harvest:
        """Look and act until nobody came in between; raises `StateError` where it cannot."""
        with said(self.pool_file):
            for attempt in range(_LOOKS):
                time.sleep(_PAUSE_S if attempt else 0)
                found = self._attempt()
                if found is not None:
                    return found
        raise _being_written(self.pool_file)

    def _attempt(self) -> Harvest | None:
        layout = self.custodian.layout
        real = real_pool_file(layout, self.pool_file)
        pool = look_at_pool(real, self.custodian.rank)
        copy = look_at_copy(
            layout.copy(self.container_name, self.profile_name), self.custodian.rank
        )
        record = records.read_sync(layout, self.container_name)
        if pool.side is None:
            raise TypeError("a file of the pool that was read has a side")
        custody = compare(record, pool.side, copy.side)
        if record is not None and record.pending and real != self.pool_file:
            self.custodian.take_in(real.parent)
        return self._act(custody, pool, copy, record)

    def _act(
        self, custody: Custody, pool: SideSnapshot, copy: SideSnapshot, record: SyncRecord | None
    ) -> Harvest | None:
        if custody is Custody.COPY_CHANGED and pool.content is not None and copy.content:
            return self._carry_back(pool.content, copy.content, record)
        fault = fault_of_copy(record, pool.side, copy.side) if pool.side else None
        if fault is not None:
            return Harvest(custody, _not_taken(fault), fault=fault)
        if custody in _NEVER_CARRIED and copy.content is not None:
            kept = self.custodian.keep_version(self.container_name, copy.content)
            return Harvest(custody, f"{_NEVER_CARRIED[custody]} was kept as {kept}", kept)
        if custody is Custody.IN_SYNC and pool.side is not None:
            self._agree(pool.side.digest, record)
        return Harvest(custody)

    def _carry_back(
        self, before: bytes, content: bytes, known: SyncRecord | None
    ) -> Harvest | None:
        """None where the pool's file was another one by the time it was to be replaced."""
        custodian, name, layout = self.custodian, self.container_name, self.custodian.layout
        custodian.keep_version(name, before, pool_source(custodian, name, before))
        agreed = known.digest if known else digest_of(before)
        pending = SyncRecord(agreed, pending=digest_of(content))
        records.write_sync(layout, name, pending)
        # First: once the pool has it, a run that was cut short here is not looked at again.
        saved_copy.refresh(layout, name, self.profile_name, content)
        note_source(layout, custodian.history_name(name), content, VersionSource.INSTANCE)
        if not replace_in_pool(custodian, name, self.pool_file, before, content):
            return None
        records.write_sync(layout, name, SyncRecord(digest_of(content)))
        return Harvest(Custody.COPY_CHANGED, "its refreshed session was saved to the pool")

    def _agree(self, digest: str, known: SyncRecord | None) -> None:
        """Both sides are equal: whoever made them so, that is the last sync."""
        if known and known != SyncRecord(digest):
            records.write_sync(self.custodian.layout, self.container_name, SyncRecord(digest))


def _not_taken(fault: Custody) -> str:
    """What is said of a copy that could not be taken, and did not go to the history either."""
    return f"its runtime copy {NOT_TAKEN[fate_of(fault, kept=False)]}; it was not saved to the pool"


def replace_in_pool(
    custodian: Custodian, container_name: str, pool_file: Path, before: bytes, content: bytes
) -> bool:
    """Whether the pool's file has the new content; False where it was no longer ``before``."""
    return replace_compared(
        real_pool_file(custodian.layout, pool_file),
        before,
        content,
        mark=container_name,
        keep=lambda saved: custodian.keep_version(container_name, saved, VersionSource.OWNER),
    )


def pool_source(custodian: Custodian, container_name: str, content: bytes) -> VersionSource:
    """Where what the pool holds came from."""
    layout, name = custodian.layout, custodian.history_name(container_name)
    return source_in_pool(layout, name, content, has_versions=bool(versions(layout, name)))


def put_in_pool(
    custodian: Custodian,
    container_name: str,
    pool_file: Path,
    content: bytes,
    source: VersionSource = VersionSource.OWNER,
) -> Path | None:
    """Put a login into the pool at its owner's wish; gives the version kept of what was there."""
    with said(pool_file):
        for attempt in range(_LOOKS):
            time.sleep(_PAUSE_S if attempt else 0)
            if not os.path.lexists(pool_file):
                note_source(custodian.layout, container_name, content, source)
                with suppress(FileExistsError):
                    write_new(pool_file, content, mode=CLOSED_FILE)
                    return None
                continue
            before = content_in_pool(real_pool_file(custodian.layout, pool_file))
            if before == content:
                return None
            source_before = pool_source(custodian, container_name, before)
            kept = custodian.keep_version(container_name, before, source_before)
            note_source(custodian.layout, container_name, content, source)
            if replace_in_pool(custodian, container_name, pool_file, before, content):
                return kept
    raise _being_written(pool_file)


def take_in(custodian: Custodian, folder: Path) -> None:
    """Keep what managers that were killed in mid-replacement have left beside the pool's files.

    Most often it is a version that is kept already; it may be a login that came in between. A file
    of another name than this fleet's is not ours. Instances with auth rotation can write there too,
    so that what cannot be kept or removed stays, and stops nothing.
    """
    for container_name, path in left_behind(folder):
        if container_name.startswith(f"{custodian.layout.fleet}-"):
            with suppress(OSError, StateError):
                _take_in(custodian, container_name, path)


def _take_in(custodian: Custodian, container_name: str, path: Path) -> None:
    content = read_if_there(path)
    if content:
        custodian.keep_version(container_name, content, VersionSource.UNKNOWN)
    elif size_of_untrusted(path):  # larger than any that is kept
        return
    path.unlink(missing_ok=True)


def _being_written(pool_file: Path) -> StateError:
    return StateError(
        str(pool_file),
        "another program has it open for writing, or writes it all the time",
        "close it there, then run the command again",
    )
