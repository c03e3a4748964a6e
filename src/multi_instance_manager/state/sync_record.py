"""What both sides of a session were when they last agreed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    pass


class SyncRecord(msgspec.Struct, frozen=True):
    """The digest that both sides had when they last agreed.

    ``pending`` is that of a session on its way to the pool: whether it has arrived is not known
    where the manager was killed in between, and either is no change by the owner.
    """

    digest: str
    pending: str | None = None
