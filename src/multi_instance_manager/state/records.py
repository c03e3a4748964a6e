"""The small JSON records of the state folder: leases, proofs and digests of the last sync.

An unreadable record is set aside under another name, never trusted and never deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from multi_instance_manager.errors import StateError
from multi_instance_manager.files.private_files import CLOSED_FILE, said, write_atomic
from multi_instance_manager.state.folder import make_dir
from multi_instance_manager.state.sync_record import SyncRecord
from multi_instance_manager.text.json_faults import JSON_FAULTS
from multi_instance_manager.text.json_text import json_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from multi_instance_manager.state.layout import StateLayout

_FORMAT = 1
Record = TypeVar("Record", bound=msgspec.Struct)


class _Ledger(msgspec.Struct, forbid_unknown_fields=True):
    slots: dict[str, int]
    format: int = _FORMAT


class _Files(msgspec.Struct, forbid_unknown_fields=True):
    paths: dict[str, str]
    format: int = _FORMAT


class _Proofs(msgspec.Struct, forbid_unknown_fields=True):
    proven_at: dict[str, float]
    format: int = _FORMAT


class _Quarantine(msgspec.Struct, forbid_unknown_fields=True):
    reasons: dict[str, str]
    format: int = _FORMAT


class Undone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A replacement that failed or was prevented; ``spec_hash`` is that of the intended one."""

    spec_hash: str
    reason: str


class _UndoneRecord(msgspec.Struct, forbid_unknown_fields=True):
    undone: dict[str, Undone]
    format: int = _FORMAT


class _OpenPools(msgspec.Struct, forbid_unknown_fields=True):
    opened_at: dict[str, float]
    format: int = _FORMAT


class _Sync(msgspec.Struct, forbid_unknown_fields=True):
    digest: str
    pending: str | None = None
    format: int = _FORMAT


class UnreadableRecord(StateError):
    """A record exists but is invalid; ``path`` names it."""

    def __init__(self, path: Path) -> None:
        step = "it is set aside and rebuilt at the next launch"
        super().__init__(str(path), "is damaged", step, at=path)
        self.path = path


def read_ledger(layout: StateLayout) -> dict[str, int]:
    """Read the slot of each profile at the last launch; empty if there was none."""
    record = _read(layout.ledger, _Ledger)
    return record.slots if record else {}


def write_ledger(layout: StateLayout, slots: Mapping[str, int]) -> None:
    """Write the leases."""
    _write(layout, layout.ledger, _Ledger(dict(slots)))


def read_files(layout: StateLayout) -> dict[str, str]:
    """Read the path of each profile's file at the last launch; empty if unknown."""
    try:
        record = _read(layout.files, _Files)
    except UnreadableRecord:
        return {}
    return record.paths if record else {}


def write_files(layout: StateLayout, paths: Mapping[str, str]) -> None:
    """Write the paths of the profiles' files, except names that are not UTF-8."""
    _write(layout, layout.files, _Files({n: p for n, p in paths.items() if _is_utf8(n + p)}))


def _is_utf8(text: str) -> bool:
    return text.encode(errors="replace").decode() == text


def read_proofs(layout: StateLayout) -> dict[str, float]:
    """Read when each container was verified, by its ID, in seconds since the epoch."""
    record = _read(layout.proofs, _Proofs)
    return record.proven_at if record else {}


def write_proofs(layout: StateLayout, proven_at: Mapping[str, float]) -> None:
    """Write which containers have been verified."""
    _write(layout, layout.proofs, _Proofs(dict(proven_at)))


def read_quarantine(layout: StateLayout) -> dict[str, str]:
    """Read why each container that kept crashing was stopped, by its ID."""
    record = _read(layout.quarantine, _Quarantine)
    return record.reasons if record else {}


def write_quarantine(layout: StateLayout, reasons: Mapping[str, str]) -> None:
    """Write which containers were stopped because they kept crashing."""
    _write(layout, layout.quarantine, _Quarantine(dict(reasons)))


def read_undone(layout: StateLayout) -> dict[str, Undone]:
    """Read the undone replacements, by the ID of the container that serves on."""
    record = _read(layout.undone, _UndoneRecord)
    return record.undone if record else {}


def write_undone(layout: StateLayout, undone: Mapping[str, Undone]) -> None:
    """Write the undone replacements; no record if there is none."""
    if undone:
        _write(layout, layout.undone, _UndoneRecord(dict(undone)))
    else:
        drop(layout.undone)


def read_open_pools(layout: StateLayout) -> dict[str, float]:
    """Read the pools that instances could write to, and since when."""
    record = _read(layout.open_pools, _OpenPools)
    return record.opened_at if record else {}


def write_open_pools(layout: StateLayout, opened_at: Mapping[str, float]) -> None:
    """Write the pools that instances could write to."""
    _write(layout, layout.open_pools, _OpenPools(dict(opened_at)))


def read_sync(layout: StateLayout, container_name: str) -> SyncRecord | None:
    """Read the last sync of one instance; None if unknown."""
    try:
        record = _read(layout.custody_record(container_name), _Sync)
    except UnreadableRecord:
        return None
    return SyncRecord(record.digest, record.pending) if record else None


def write_sync(layout: StateLayout, container_name: str, record: SyncRecord) -> None:
    """Write the digest of both sides at the sync."""
    _write(layout, layout.custody_record(container_name), _Sync(record.digest, record.pending))


def drop(record: Path) -> None:
    """Remove a record that is no longer needed."""
    with said(record):
        record.unlink(missing_ok=True)


def set_damaged_aside(layout: StateLayout) -> None:
    """Set aside every unreadable record of the fleet."""
    for read in (read_ledger, read_proofs, read_quarantine, read_undone):
        try:
            read(layout)
        except UnreadableRecord as damage:
            set_aside(damage.path)


def set_aside(record: Path) -> None:
    """Move a damaged record away, so that a new one can be written."""
    with said(record):
        record.replace(record.with_name(record.name + ".damaged"))


def _read(path: Path, kind: type[Record]) -> Record | None:
    try:
        with said(path):
            content = path.read_bytes() if path.exists() else None
        return None if content is None else msgspec.json.decode(content, type=kind)
    except JSON_FAULTS as problem:
        raise UnreadableRecord(path) from problem


def _write(layout: StateLayout, path: Path, record: msgspec.Struct) -> None:
    make_dir(layout, path.parent)
    write_atomic(path, json_bytes(record), like=None, mode=CLOSED_FILE)
