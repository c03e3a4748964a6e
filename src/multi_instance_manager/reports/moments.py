"""Times in reports: always in UTC, with their zone."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(seconds: float | None) -> datetime | None:
    """Convert seconds since the epoch to a time, to the second."""
    return None if seconds is None else datetime.fromtimestamp(int(seconds), tz=UTC)
