"""Takes keys out of foreign text before anybody sees it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from multi_instance_manager.private_files import refuse_closed
from multi_instance_manager.secret import MASK, Secret
from multi_instance_manager.state_layout import OWN_KEY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from multi_instance_manager.settings import Settings
    from multi_instance_manager.state_layout import StateLayout


class Blotter:
    """Replaces every key by a mask, the longest first: one may be the beginning of another."""

    def __init__(self, keys: Iterable[Secret]) -> None:
        known = {key.reveal() for key in keys} - {""}
        self._keys = sorted(known, key=len, reverse=True)
        self._encoded = [key.encode() for key in self._keys]

    def __repr__(self) -> str:
        return f"Blotter({len(self._keys)} keys)"

    @property
    def longest(self) -> int:
        """The bytes of the longest key."""
        return max(map(len, self._encoded), default=0)

    def blot(self, text: str) -> str:
        """The text without a key."""
        for key in self._keys:
            text = text.replace(key, MASK)
        return text

    def blot_bytes(self, data: bytes) -> bytes:
        """The same for text that is still encoded."""
        for key in self._encoded:
            data = data.replace(key, MASK.encode())
        return data


def blotter_for(settings: Settings, layout: StateLayout, host_keys: Iterable[Secret]) -> Blotter:
    """Knows every key that an instance may have been told.

    That is the keys of these settings and of the host's own file, and those that instances were
    launched with: a command that only looks may have been given none. Raises `StateError` where
    those cannot be read.
    """
    refuse_closed(layout.top)
    return Blotter({*settings.keys, *host_keys, *_installed(layout)})


def _installed(layout: StateLayout) -> Iterator[Secret]:
    for folder in ("private", "aside"):
        for path in layout.top.glob(f"{folder}/*/{OWN_KEY_FILE}"):
            with suppress(OSError, UnicodeDecodeError):
                yield from map(Secret, path.read_text().split())
