"""Times and sizes in the words that people use. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_UNITS = ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"), (1.0, "second"))
_KILO = 1024


def lasting(seconds: float) -> str:
    """``3 minutes``: in the largest unit of which there is a whole one."""
    for size, name in _UNITS:
        number = int(seconds // size)
        if number:
            return f"{number} {name}" + ("" if number == 1 else "s")
    return "less than a second"


def ago(seconds: float | None) -> str:
    """``3 minutes ago``, with a space before it; empty where it is not known."""
    return "" if seconds is None else f" {lasting(seconds)} ago"


def size(number: int) -> str:
    """``512 MB``, with a digit behind the point where it is not a whole number."""
    amount, names = float(number), ["bytes", "kB", "MB", "GB", "TB"]
    while amount >= _KILO and len(names) > 1:
        amount /= _KILO
        names.pop(0)
    return f"{amount:.1f}".removesuffix(".0") + f" {names[0]}"


def moment(seconds: float) -> str:
    """The moment by the clock of UTC, to the second."""
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
