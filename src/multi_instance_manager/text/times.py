"""Times and durations as users write them, in nanoseconds since the epoch."""

from __future__ import annotations

import re
from datetime import UTC, datetime

SECOND = 10**9
_UNITS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "ms": 10**6,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": 86400 * SECOND,
    "w": 7 * 86400 * SECOND,
}
_PART = r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)"
_DURATION = re.compile(rf"(?:{_PART})+", re.ASCII)
_SECONDS = re.compile(r"(\d{9,11})(?:\.(\d{1,9}))?", re.ASCII)
_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
FORMS = "such as 10m, 2h30m, 1d, 2026-01-31, 2026-01-31T09:30:00 or 2026-01-31T09:30:00Z"


def moment_from(text: str, now_ns: int) -> int:
    """Read a duration before now, a date or time (local without a zone), or epoch seconds.

    Raises ValueError with the fact and the next step.
    """
    if text == "now":
        return now_ns
    if _DURATION.fullmatch(text):
        return now_ns - duration_from(text)
    seconds = _SECONDS.fullmatch(text)
    if seconds:
        return int(seconds[1]) * SECOND + _fraction(seconds[2])
    if text.isascii() and text.isdigit():
        raise ValueError(f"has no unit; write {text}s, {text}m, {text}h or {text}d")
    try:
        return ns_of(text)
    except (ValueError, OverflowError):
        raise ValueError(f"is no duration and no time; write it {FORMS}") from None


def duration_from(text: str) -> int:
    """Return the nanoseconds of a duration such as ``1h30m``."""
    return sum(round(float(count) * _UNITS[unit]) for count, unit in re.findall(_PART, text))


def ns_of(stamp: str) -> int:
    """Read a date or time with up to nine digits of a second; local without a zone."""
    found = _STAMP.fullmatch(stamp)
    if found is None:
        raise ValueError("no time")
    whole, fraction, zone = found.groups()
    at = datetime.fromisoformat(whole + ("+00:00" if zone == "Z" else zone or ""))
    return int(at.timestamp()) * SECOND + _fraction(fraction)


def moment(seconds: float) -> str:
    """The moment by the clock of UTC, to the second."""
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def stamp_of(at_ns: int) -> str:
    """Return the time in UTC with nine digits of the second, like the engine."""
    seconds, fraction = divmod(at_ns, SECOND)
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"


def iso_moment(seconds: float | None) -> str | None:
    """Return a time in seconds since the epoch for documents, to the millisecond."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds")


def _fraction(digits: str | None) -> int:
    return int((digits or "").ljust(9, "0"))
