"""Matches overrides with profiles in either Unicode form of the file's name.

An editor writes `é` as one character, and some file systems store it as two.
"""

from __future__ import annotations

import os
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.settings.model import Settings

_SUFFIX = ".json"


def spelled_as_in_pool(settings: Settings) -> Settings:
    """Return the settings with each override under the pool's spelling."""
    if all(name.isascii() for name in settings.overrides):
        return settings
    names = _names_in(settings.profile_dir)
    forms = {unicodedata.normalize("NFC", name): name for name in sorted(names)}
    spelled = {
        name if name in names else forms.get(unicodedata.normalize("NFC", name), name): own
        for name, own in settings.overrides.items()
    }
    return replace(settings, overrides=spelled)


def _names_in(folder: Path) -> set[str]:
    with suppress(OSError):
        return {name.removesuffix(_SUFFIX) for name in os.listdir(folder)}  # noqa: PTH208  # names alone
    return set()
