"""Moments as reports carry them: with their zone, which is always UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(seconds: float | None) -> datetime | None:
    """The moment that lies so many seconds after the epoch, to the second."""
    return None if seconds is None else datetime.fromtimestamp(int(seconds), tz=UTC)
