"""The result of a test write to a folder, as data. Pure."""

from __future__ import annotations

import msgspec


class FolderTrial(msgspec.Struct, frozen=True):
    """The result: why it failed, in words, or None; and whether the file system keeps modes."""

    fault: str | None = None
    keeps_modes: bool = True
