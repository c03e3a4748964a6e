"""What a person should know while a command streams, and what is no part of the stream. Pure."""

from __future__ import annotations

import msgspec


class Notice(msgspec.Struct, frozen=True):
    """One sentence."""

    text: str
