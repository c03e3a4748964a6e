"""Times and sizes in the few letters of a column. Pure."""

from __future__ import annotations

_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_SIZES = ("B", "kB", "MB", "GB", "TB")
_STEP = 1024
_WITHOUT_FRACTION = 9.95  # would be written as 10.0
_DAYS_ALONE = 10


def span_text(seconds: float) -> str:
    """Return the two largest units, such as ``3d 4h`` or ``12m 5s``; only days if many."""
    left = max(0, int(seconds))
    parts: list[str] = []
    for size, letter in _UNITS:
        number, left = divmod(left, size)
        if number or parts:
            parts.append(f"{number}{letter}" if number else "")
        if letter == "d" and number >= _DAYS_ALONE:
            break
    return " ".join(part for part in parts[:2] if part) or "0s"


def rough_span_text(seconds: float) -> str:
    """Return only the largest unit, such as ``3d`` or ``12m``."""
    return span_text(seconds).partition(" ")[0]


def size_text(size_bytes: int) -> str:
    """Return the size in its largest unit, such as ``112 MB`` or ``1.5 GB``; 1 kB is 1024 bytes."""
    size, unit = float(size_bytes), _SIZES[0]
    for larger in _SIZES[1:]:
        if size < _STEP:
            break
        size, unit = size / _STEP, larger
    exact = unit == _SIZES[0] or size >= _WITHOUT_FRACTION
    return f"{size:.0f} {unit}" if exact else f"{size:.1f} {unit}"
