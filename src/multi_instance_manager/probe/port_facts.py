"""Which host ports are taken, as data. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class PortFacts(msgspec.Struct, frozen=True):
    """Busy host ports: ``holders`` of the planned ones, in words; ``busy`` all known ones."""

    holders: Mapping[int, str] = msgspec.field(default_factory=dict)
    busy: frozenset[int] = frozenset()
