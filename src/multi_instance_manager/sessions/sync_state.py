"""Which side of a session changed since the last sync: the pool's file or the runtime copy. Pure.

The pool's file is the owner's, the runtime copy is the container's.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.application.held_login import LoginRank
from multi_instance_manager.files.profile_size import LARGEST_IN_WORDS
from multi_instance_manager.state.sync_record import SyncRecord

if TYPE_CHECKING:
    from pathlib import Path


class Custody(StrEnum):
    """What the comparison of both sides with the last sync says.

    LOGIN_LOST: the copy alone changed, and holds no login any more, where the pool's version does.
    TOO_LARGE and CLOSED: the copy cannot be taken, although it may be whole.
    """

    IN_SYNC = "in sync"
    COPY_CHANGED = "copy changed"
    LOGIN_LOST = "copy has lost the login"
    POOL_CHANGED = "pool changed"
    BOTH_CHANGED = "both changed"
    TORN = "copy is torn"
    TOO_LARGE = "copy is too large"
    CLOSED = "copy is closed to this user"
    NO_COPY = "no copy"
    NO_POOL = "the pool's file cannot be read"


class SyncOutcome(StrEnum):
    """What became of an instance's session when it was harvested.

    NEWER_IN_POOL: the owner has put in another login, and the instance has refreshed nothing since.
    KEPT: both have changed, or the profile is gone; the instance's own lies in the history.
    LOGIN_LOST: so does what it saved once it was signed out; the pool keeps its version.
    """

    SAVED = "saved"
    UNCHANGED = "unchanged"
    NEWER_IN_POOL = "owner's is newer"
    KEPT = "kept in the history"
    LOGIN_LOST = "login lost"
    TORN = "torn, not saved"
    TOO_LARGE = "too large, not saved"
    CLOSED = "closed, not saved"
    NO_COPY = "no copy"


def fate_of(custody: Custody, *, kept: bool) -> SyncOutcome:
    """The fate of a session after its harvest; ``kept`` where a version went to the history."""
    if custody is Custody.BOTH_CHANGED:
        return SyncOutcome.KEPT if kept else SyncOutcome.TORN
    return {
        Custody.IN_SYNC: SyncOutcome.UNCHANGED,
        Custody.COPY_CHANGED: SyncOutcome.SAVED,
        Custody.LOGIN_LOST: SyncOutcome.LOGIN_LOST,
        Custody.POOL_CHANGED: SyncOutcome.NEWER_IN_POOL,
        Custody.NO_COPY: SyncOutcome.NO_COPY,
        Custody.TOO_LARGE: SyncOutcome.TOO_LARGE,
        Custody.CLOSED: SyncOutcome.CLOSED,
    }.get(custody, SyncOutcome.TORN)


NOT_TAKEN = {
    SyncOutcome.TORN: "is torn",
    SyncOutcome.TOO_LARGE: f"is larger than {LARGEST_IN_WORDS}",
    SyncOutcome.CLOSED: "cannot be read by this user",
}
"""What is wrong with a copy that was not saved, by its fate."""

OWNER_CHANGED = frozenset({Custody.POOL_CHANGED, Custody.BOTH_CHANGED})


class Harvest(msgspec.Struct, frozen=True):
    """What a sync found, and what it did about it in words for the report (or nothing).

    ``fault`` is why a copy that changed could not be taken, whatever became of the pool's file.
    """

    custody: Custody
    note: str | None = None
    kept: Path | None = None
    fault: Custody | None = None

    @property
    def fate(self) -> SyncOutcome:
        """What became of the session."""
        return fate_of(self.fault or self.custody, kept=self.kept is not None)


class Side(msgspec.Struct, frozen=True):
    """One side's file: its digest, whether it is a whole profile, its time in seconds.

    ``rank``: how much of a login it holds. ``unread``: why it could not be read, where it may be
    whole all the same.
    """

    digest: str
    whole: bool
    modified_at: float
    rank: LoginRank = LoginRank.LASTING
    unread: Custody | None = None


def compare(record: SyncRecord | None, pool: Side, copy: Side | None) -> Custody:
    """The state of custody of one profile.

    Without a record the newer side is taken to be the changed one; the other is kept in the
    history by whoever acts on it, so that a wrong guess loses nothing.
    """
    if copy is None:
        return Custody.NO_COPY
    if copy.digest == pool.digest:
        return Custody.IN_SYNC
    if record is None:
        return copy.unread or _newer_side(pool, copy)
    pool_changed = pool.digest not in {record.digest, record.pending}
    copy_changed = copy.digest != record.digest
    if copy_changed and not copy.whole:
        return Custody.POOL_CHANGED if pool_changed else copy.unread or Custody.TORN
    if pool_changed and copy_changed:
        return Custody.BOTH_CHANGED
    return Custody.POOL_CHANGED if pool_changed else _changed_copy(pool, copy)


def _newer_side(pool: Side, copy: Side) -> Custody:
    newer_copy = copy.whole and copy.modified_at > pool.modified_at
    return _changed_copy(pool, copy) if newer_copy else Custody.BOTH_CHANGED


def fault_of_copy(record: SyncRecord | None, pool: Side, copy: Side | None) -> Custody | None:
    """Why a copy that changed cannot be taken; None for one that can, or that has not changed."""
    if copy is None or copy.whole or copy.digest == pool.digest:
        return None
    if record is not None and copy.digest == record.digest:
        return None
    return copy.unread or Custody.TORN


def _changed_copy(pool: Side, copy: Side) -> Custody:
    """A refresh, or what a browser saves that was signed out."""
    return Custody.LOGIN_LOST if copy.rank < pool.rank else Custody.COPY_CHANGED
