"""Times and sizes in words. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_UNITS = ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"), (1.0, "second"))
_KILO = 1024


def lasting(seconds: float) -> str:
    """Return ``3 minutes``: the largest unit that is at least one."""
    for size, name in _UNITS:
        number = int(seconds // size)
        if number:
            return f"{number} {name}" + ("" if number == 1 else "s")
    return "less than a second"


def ago(seconds: float | None) -> str:
    """Return ``3 minutes ago``, with a space before it; empty if unknown."""
    return "" if seconds is None else f" {lasting(seconds)} ago"


def size(number: int) -> str:
    """Return ``512 MB``, with a decimal if it is not a whole number."""
    amount, names = float(number), ["bytes", "kB", "MB", "GB", "TB"]
    while amount >= _KILO and len(names) > 1:
        amount /= _KILO
        names.pop(0)
    return f"{amount:.1f}".removesuffix(".0") + f" {names[0]}"


def moment(seconds: float) -> str:
    """Return the time in UTC, to the second."""
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
