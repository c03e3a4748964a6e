"""Which host ports are taken, as data. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.host.port_holder import Holder


class PortFacts(msgspec.Struct, frozen=True):
    """Busy host ports: ``holders`` of the planned ones; ``busy`` all that are known."""

    holders: Mapping[int, tuple[Holder, ...]] = msgspec.field(default_factory=dict)
    busy: frozenset[int] = frozenset()
