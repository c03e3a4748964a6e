"""Times in reports: always in UTC, with their zone."""

from __future__ import annotations

from datetime import UTC, datetime


def exact_moment(seconds: float | None) -> datetime | None:
    """The moment that lies so many seconds after the epoch, to the millisecond."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, tz=UTC)


def moment(seconds: float | None) -> datetime | None:
    """Convert seconds since the epoch to a time, to the second."""
    return None if seconds is None else datetime.fromtimestamp(int(seconds), tz=UTC)
