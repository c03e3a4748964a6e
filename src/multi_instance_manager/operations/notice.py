"""What a person should know while a command streams, and what is no part of the stream. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence."""

    text: str
