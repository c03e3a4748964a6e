"""Keeps the generated API key for later runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.errors import Busy
from multi_instance_manager.files.private_files import CLOSED_FILE, write_atomic
from multi_instance_manager.settings.key_source import KeyKind
from multi_instance_manager.state.folder import make_dir

if TYPE_CHECKING:
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.state.layout import StateLayout


def keep_key(settings: Settings, layout: StateLayout) -> None:
    """Write a generated key before any instance uses it. Call under the lock.

    A key that another run has kept meanwhile stays: clients may have it already.
    """
    if settings.key_source.kind is not KeyKind.TO_BE_KEPT:
        return
    path = layout.kept_key
    if path.exists():
        raise Busy(
            f"fleet {layout.fleet}",
            "another run has just generated its API key",
            "nothing was touched, run the command again",
        )
    make_dir(layout, path.parent)
    write_atomic(path, f"{settings.api_key.reveal()}\n".encode(), like=None, mode=CLOSED_FILE)
