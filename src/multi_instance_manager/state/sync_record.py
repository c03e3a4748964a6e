"""The content of a session's two sides when they last agreed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    pass


class SyncRecord(msgspec.Struct, frozen=True):
    """The digest that both sides had when they last agreed.

    ``pending`` is that of a session on its way to the pool. If the manager was killed meanwhile, it
    may have arrived or not, and neither is a change by the owner.
    """

    digest: str
    pending: str | None = None
