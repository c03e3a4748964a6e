"""Where a value came from: a flag, a variable, the configuration file, or nowhere. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Source(StrEnum):
    """What a value can come from, the strongest first."""

    FLAG = "flag"
    VARIABLE = "variable"
    FILE = "file"
    DEFAULT = "default"

    @property
    def rank(self) -> int:
        """Its place in the order; a lower one wins."""
        return list(Source).index(self)


class Origin(msgspec.Struct, frozen=True):
    """The source of a value, and what in it: ``--image``, ``IMAGE_NAME``, a file and its key.

    ``text`` is the value as it was written; None for a secret, and for what is derived.
    """

    source: Source
    name: str
    text: str | None = None
