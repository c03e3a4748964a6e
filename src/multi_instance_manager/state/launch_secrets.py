"""Keeps the digests of an instance's launch secrets in a private file beside its key.

``plan/secret_changes.py`` has the form of the file, and reads that of earlier versions.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from multi_instance_manager.files.private_files import CLOSED_FILE, write_atomic
from multi_instance_manager.state.folder import make_dir

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.state.layout import StateLayout


_SALT_BYTES = 16


def new_salt() -> str:
    """A salt for one record: equal values of two instances have different digests."""
    return secrets.token_hex(_SALT_BYTES)


def write_secret_record(layout: StateLayout, container_name: str, text: str) -> None:
    """Write the digests of the secrets that an instance is about to be launched with."""
    path = layout.secret_record(container_name)
    make_dir(layout, path.parent)
    write_atomic(path, text.encode(), like=None, mode=CLOSED_FILE)


def read_secret_record(path: Path) -> str | None:
    """Return the record of the last launch; None if it cannot be read."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return None
