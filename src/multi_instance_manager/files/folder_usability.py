"""What came of writing to a folder, as data. Pure."""

from __future__ import annotations

import msgspec


class FolderTrial(msgspec.Struct, frozen=True):
    """What came of it: why it failed, in words, or None; whether the file system keeps modes."""

    fault: str | None = None
    keeps_modes: bool = True
