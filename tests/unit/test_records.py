"""The records of the state folder: read back, and never trusted where they are damaged."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from multi_instance_manager.errors import StateError
from multi_instance_manager.state import records
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.state.records import UnreadableRecord
from multi_instance_manager.state.sync_record import SyncRecord

DAMAGED = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"slots": {"a": "one"}, "proven_at": 1}',
    b'{"unknown": 1}',
)
READERS: tuple[Callable[[StateLayout], object], ...] = (records.read_ledger, records.read_proofs)


@pytest.fixture
def layout(tmp_path: Path) -> StateLayout:
    made = StateLayout(tmp_path / "state", "ai-proxy")
    prepare_top(made)
    return made


def damage(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_the_records_of_a_new_pool_are_empty(layout: StateLayout) -> None:
    assert records.read_ledger(layout) == {}
    assert records.read_proofs(layout) == {}
    assert records.read_sync(layout, "ai-proxy-user-a") is None


def test_records_are_read_back_as_they_were_written(layout: StateLayout) -> None:
    records.write_ledger(layout, {"user-a": 0, "Üser": 3})
    records.write_proofs(layout, {"id": 1.5})
    records.write_sync(layout, "ai-proxy-user-a", SyncRecord("digest"))

    assert records.read_ledger(layout) == {"user-a": 0, "Üser": 3}
    assert records.read_proofs(layout) == {"id": 1.5}
    assert records.read_sync(layout, "ai-proxy-user-a") == SyncRecord("digest")


def test_records_are_closed_to_others(layout: StateLayout) -> None:
    records.write_ledger(layout, {"user-a": 0})

    assert stat.S_IMODE(layout.ledger.stat().st_mode) == 0o600
    assert stat.S_IMODE(layout.ledger.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", DAMAGED)
@pytest.mark.parametrize("read", READERS)
def test_a_damaged_record_is_never_trusted(
    layout: StateLayout, read: Callable[[StateLayout], object], content: bytes
) -> None:
    damage(layout.ledger, content)
    damage(layout.proofs, content)

    with pytest.raises(UnreadableRecord, match="is damaged; it is set aside"):
        read(layout)


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_record_of_a_sync_counts_as_none(layout: StateLayout, content: bytes) -> None:
    damage(layout.custody_record("x"), content)

    assert records.read_sync(layout, "x") is None


def test_a_damaged_record_is_set_aside_and_never_deleted(layout: StateLayout) -> None:
    damage(layout.ledger, b"{torn")

    records.set_aside(layout.ledger)
    records.write_ledger(layout, {"user-a": 2})

    assert layout.ledger.with_name("ai-proxy.json.damaged").read_bytes() == b"{torn"
    assert records.read_ledger(layout) == {"user-a": 2}


def test_a_record_that_cannot_be_opened_is_not_taken_for_damaged(layout: StateLayout) -> None:
    layout.ledger.mkdir(parents=True)

    with pytest.raises(StateError, match="Is a directory") as caught:
        records.read_ledger(layout)
    assert not isinstance(caught.value, UnreadableRecord)
