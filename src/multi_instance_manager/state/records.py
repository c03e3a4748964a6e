"""The small JSON records of the state folder: leases, proofs and digests of the last sync.

A record that cannot be read is set aside under another name, never trusted and never deleted.
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
    """A replacement that failed, or was not begun since another had: of what it would have been."""

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
    """A record is there but makes no sense; ``path`` names it."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), "is damaged", "it is set aside and rebuilt at the next launch")
        self.path = path


def read_ledger(layout: StateLayout) -> dict[str, int]:
    """The slot of each profile at the last launch; empty where there was none."""
    record = _read(layout.ledger, _Ledger)
    return record.slots if record else {}


def write_ledger(layout: StateLayout, slots: Mapping[str, int]) -> None:
    """Keep the leases."""
    _write(layout, layout.ledger, _Ledger(dict(slots)))


def read_files(layout: StateLayout) -> dict[str, str]:
    """The path of each profile's file at the last launch; empty where it is not known."""
    try:
        record = _read(layout.files, _Files)
    except UnreadableRecord:
        return {}
    return record.paths if record else {}


def write_files(layout: StateLayout, paths: Mapping[str, str]) -> None:
    """Keep where the profiles' files are; a name that is no UTF-8 cannot be, and is left out."""
    _write(layout, layout.files, _Files({n: p for n, p in paths.items() if _is_utf8(n + p)}))


def _is_utf8(text: str) -> bool:
    return text.encode(errors="replace").decode() == text


def read_proofs(layout: StateLayout) -> dict[str, float]:
    """When each container was proven, by its ID, in seconds since the epoch."""
    record = _read(layout.proofs, _Proofs)
    return record.proven_at if record else {}


def write_proofs(layout: StateLayout, proven_at: Mapping[str, float]) -> None:
    """Keep which containers have been proven."""
    _write(layout, layout.proofs, _Proofs(dict(proven_at)))


def read_quarantine(layout: StateLayout) -> dict[str, str]:
    """Why each container that kept crashing was stopped, by its ID."""
    record = _read(layout.quarantine, _Quarantine)
    return record.reasons if record else {}


def write_quarantine(layout: StateLayout, reasons: Mapping[str, str]) -> None:
    """Keep which containers were stopped because they kept crashing."""
    _write(layout, layout.quarantine, _Quarantine(dict(reasons)))


def read_undone(layout: StateLayout) -> dict[str, Undone]:
    """The replacements that came to nothing, by the ID of the container that serves on."""
    record = _read(layout.undone, _UndoneRecord)
    return record.undone if record else {}


def write_undone(layout: StateLayout, undone: Mapping[str, Undone]) -> None:
    """Keep which replacements came to nothing; no record where there is none."""
    if undone:
        _write(layout, layout.undone, _UndoneRecord(dict(undone)))
    else:
        drop(layout.undone)


def read_open_pools(layout: StateLayout) -> dict[str, float]:
    """The pools that instances could write to, and since when."""
    record = _read(layout.open_pools, _OpenPools)
    return record.opened_at if record else {}


def write_open_pools(layout: StateLayout, opened_at: Mapping[str, float]) -> None:
    """Keep which pools instances could write to."""
    _write(layout, layout.open_pools, _OpenPools(dict(opened_at)))


def read_sync(layout: StateLayout, container_name: str) -> SyncRecord | None:
    """The last sync of one instance, or None where it is not known."""
    try:
        record = _read(layout.custody_record(container_name), _Sync)
    except UnreadableRecord:
        return None
    return SyncRecord(record.digest, record.pending) if record else None


def write_sync(layout: StateLayout, container_name: str, record: SyncRecord) -> None:
    """Keep the digest that both sides agreed on."""
    _write(layout, layout.custody_record(container_name), _Sync(record.digest, record.pending))


def drop(record: Path) -> None:
    """Remove a record that has nothing more to tell."""
    with said(record):
        record.unlink(missing_ok=True)


def set_damaged_aside(layout: StateLayout) -> None:
    """Set every record of the fleet aside that cannot be read."""
    for read in (read_ledger, read_proofs, read_quarantine, read_undone):
        try:
            read(layout)
        except UnreadableRecord as damage:
            set_aside(damage.path)


def set_aside(record: Path) -> None:
    """Move a damaged record out of the way, so that a new one can be written."""
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
