"""The source of an instance's API key. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class KeyKind(StrEnum):
    """The kinds of sources. A key TO_BE_KEPT is random, and its file is not written yet."""

    DEFAULT = "default"
    COMMAND_LINE = "command line"
    VARIABLE = "variable"
    CONFIG_FILE = "configuration file"
    KEY_FILE = "key file"
    GENERATED = "generated"
    TO_BE_KEPT = "to be generated"


class KeySource(msgspec.Struct, frozen=True):
    """The source of a key.

    ``path`` is the file with the key, if any; ``is_open``: every user of the machine can read it.
    """

    kind: KeyKind = KeyKind.DEFAULT
    path: Path | None = None
    is_open: bool = False

    @property
    def is_asked_for(self) -> bool:
        """Whether the user asked for this key, now or when it was generated."""
        return self.kind is not KeyKind.DEFAULT
