"""Every combination of pool, copy and last sync."""

from __future__ import annotations

from itertools import product

import pytest

from multi_instance_manager.application.held_login import LoginRank
from multi_instance_manager.sessions.sync_state import (
    OWNER_CHANGED,
    Custody,
    Side,
    compare,
    fault_of_copy,
)
from multi_instance_manager.state.sync_record import SyncRecord

RECORD = SyncRecord("agreed")


def side(digest: str, *, whole: bool = True, at: float = 100.0) -> Side:
    return Side(digest, whole, at)


def signed_out(digest: str, *, at: float = 100.0) -> Side:
    return Side(digest, True, at, LoginRank.NONE)


@pytest.mark.parametrize(
    ("pool", "copy", "custody"),
    [
        ("agreed", None, Custody.NO_COPY),
        ("new", None, Custody.NO_COPY),
        ("agreed", side("agreed"), Custody.IN_SYNC),
        ("new", side("new"), Custody.IN_SYNC),
        ("agreed", side("refreshed"), Custody.COPY_CHANGED),
        ("new", side("agreed"), Custody.POOL_CHANGED),
        ("new", side("refreshed"), Custody.BOTH_CHANGED),
        ("agreed", side("torn", whole=False), Custody.TORN),
        ("new", side("torn", whole=False), Custody.POOL_CHANGED),
    ],
)
def test_the_last_sync_tells_which_side_changed(
    pool: str, copy: Side | None, custody: Custody
) -> None:
    assert compare(RECORD, side(pool), copy) is custody


@pytest.mark.parametrize(
    ("copy", "custody"),
    [
        (None, Custody.NO_COPY),
        (side("same"), Custody.IN_SYNC),
        (side("other", at=101.0), Custody.COPY_CHANGED),
        (side("other", at=100.0), Custody.BOTH_CHANGED),
        (side("other", at=99.0), Custody.BOTH_CHANGED),
    ],
)
def test_without_a_record_the_newer_side_is_the_changed_one(
    copy: Side | None, custody: Custody
) -> None:
    assert compare(None, side("same"), copy) is custody


@pytest.mark.parametrize(
    ("record", "pool", "copy", "custody"),
    [
        (RECORD, side("agreed"), signed_out("refreshed"), Custody.LOGIN_LOST),
        (RECORD, signed_out("agreed"), signed_out("refreshed"), Custody.COPY_CHANGED),
        (RECORD, signed_out("agreed"), side("refreshed"), Custody.COPY_CHANGED),
        (RECORD, side("new"), signed_out("refreshed"), Custody.BOTH_CHANGED),
        (RECORD, side("new"), signed_out("agreed"), Custody.POOL_CHANGED),
        (RECORD, side("agreed"), signed_out("agreed"), Custody.IN_SYNC),
        (None, side("pool"), signed_out("newer", at=101.0), Custody.LOGIN_LOST),
        (None, side("pool"), signed_out("older", at=99.0), Custody.BOTH_CHANGED),
    ],
)
def test_a_copy_that_lost_the_login_that_the_pool_has_is_no_refresh(
    record: SyncRecord | None, pool: Side, copy: Side, custody: Custody
) -> None:
    assert compare(record, pool, copy) is custody


@pytest.mark.parametrize("at", [99.0, 100.0, 101.0])
def test_a_torn_copy_without_a_record_is_never_taken_for_the_session(at: float) -> None:
    assert compare(None, side("pool"), side("torn", whole=False, at=at)) is not Custody.COPY_CHANGED


@pytest.mark.parametrize("at", [99.0, 101.0])
@pytest.mark.parametrize("unread", [Custody.CLOSED, Custody.TOO_LARGE])
def test_a_copy_that_cannot_be_read_is_called_that_without_a_record(
    unread: Custody, at: float
) -> None:
    copy = Side("unreadable", False, at, LoginRank.NONE, unread)

    assert compare(None, side("pool"), copy) is unread
    assert fault_of_copy(None, side("pool"), copy) is unread


@pytest.mark.parametrize("record", [None, RECORD])
@pytest.mark.parametrize("pool", ["agreed", "new"])
@pytest.mark.parametrize("unread", [None, Custody.CLOSED, Custody.TOO_LARGE])
def test_the_fault_of_a_changed_copy_is_seen_whatever_became_of_the_pool(
    record: SyncRecord | None, pool: str, unread: Custody | None
) -> None:
    copy = Side("half", False, 100.0, LoginRank.NONE, unread)

    assert fault_of_copy(record, side(pool), copy) is (unread or Custody.TORN)


@pytest.mark.parametrize("copy", [None, side("new"), side("agreed", whole=False)])
def test_a_copy_that_is_whole_or_has_not_changed_has_no_fault(copy: Side | None) -> None:
    assert fault_of_copy(RECORD, side("pool"), copy) is None


def every_combination() -> list[tuple[SyncRecord | None, Side, Side | None]]:
    digests, times = ("x", "y", "z"), (1.0, 2.0)
    records = [None, *map(SyncRecord, digests)]
    pools = [side(digest) for digest in digests]
    copies = [
        None,
        *(side(d, whole=w, at=t * 100) for d, w, t in product(digests, (True, False), times)),
    ]
    return list(product(records, pools, copies))


def test_only_a_whole_copy_over_an_unchanged_pool_is_ever_carried_back() -> None:
    for record, pool, copy in every_combination():
        if compare(record, pool, copy) is Custody.COPY_CHANGED:
            assert copy is not None
            assert copy.whole
            assert copy.digest != pool.digest
            assert record is None or pool.digest == record.digest


def test_a_pool_that_changed_since_the_last_sync_is_never_overlooked() -> None:
    for record, pool, copy in every_combination():
        if record and copy and pool.digest not in {record.digest, copy.digest}:
            assert compare(record, pool, copy) in OWNER_CHANGED


def test_sides_that_agree_are_in_sync_whatever_the_record_says() -> None:
    for record, pool, copy in every_combination():
        if copy and copy.digest == pool.digest:
            assert compare(record, pool, copy) is Custody.IN_SYNC
