"""The identity of a state folder: an ID for each fleet in it, and its last place.

A path is not enough: a folder can be moved, copied, mounted under another path, and shared by two
projects or two engines.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import StateError
from multi_instance_manager.files.private_files import CLOSED_FILE, said, write_atomic
from multi_instance_manager.state.folder import make_dir
from multi_instance_manager.text.json_faults import JSON_FAULTS
from multi_instance_manager.text.json_text import json_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.state.layout import StateLayout

_LONGEST = 1024**2
_ID_BYTES = 16


class HomeRecord(msgspec.Struct, frozen=True):
    """Where a fleet was when it was last changed, and on which engine.

    ``identity`` is the ID of the state folder, for this fleet: a copy has that of its original.
    ``engine`` is what the engine reported of itself, or empty. ``adopted`` are the IDs of
    containers from before it came here.
    """

    root: str
    state_dir: str
    identity: str = ""
    engine_url: str = ""
    engine: str = ""
    adopted: tuple[str, ...] = ()
    format: int = 1


def read_home(layout: StateLayout) -> HomeRecord | None:
    """Read the record of a fleet; None if there is no valid one."""
    try:
        content = _content(layout.home)
        return None if content is None else msgspec.json.decode(content, type=HomeRecord)
    except (StateError, *JSON_FAULTS):
        return None


def write_home(layout: StateLayout, record: HomeRecord) -> None:
    """Write where the fleet is."""
    make_dir(layout, layout.home.parent)
    write_atomic(layout.home, json_bytes(record), like=None, mode=CLOSED_FILE)


def new_identity() -> str:
    """Return an ID that no other state folder has, except its copies."""
    return secrets.token_hex(_ID_BYTES)


def _content(path: Path) -> bytes | None:
    with said(path):
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(_LONGEST)
