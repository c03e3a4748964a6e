"""The origin of a value: a flag, a variable, the configuration file, or the default. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Source(StrEnum):
    """The possible sources of a value, strongest first."""

    FLAG = "flag"
    VARIABLE = "variable"
    FILE = "file"
    DEFAULT = "default"

    @property
    def rank(self) -> int:
        """Return its place in the order; the lower one wins."""
        return list(Source).index(self)


class Origin(msgspec.Struct, frozen=True):
    """The source of a value, and its name there: ``--image``, ``IMAGE_NAME``, a file and its key.

    ``text`` is the value as written; None for a secret or a derived value.
    """

    source: Source
    name: str
    text: str | None = None
