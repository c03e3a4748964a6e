"""Spans of time and sizes, in the few letters that a column has, and in words. Pure."""

from __future__ import annotations

from multi_instance_manager.text.plurals import counted

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
_SIZES = ("B", "kB", "MB", "GB", "TB")
_STEP = 1024
_WITHOUT_FRACTION = 9.95  # would be written as 10.0
_DAYS_ALONE = 10


def span_text(seconds: float) -> str:
    """Return the two largest units, such as ``3d 4h`` or ``12m 5s``; only days if many."""
    left = max(0, int(seconds))
    parts: list[str] = []
    for size, name in _UNITS:
        letter = name[0]
        number, left = divmod(left, size)
        if number or parts:
            parts.append(f"{number}{letter}" if number else "")
        if letter == "d" and number >= _DAYS_ALONE:
            break
    return " ".join(part for part in parts[:2] if part) or "0s"


def rough_span_text(seconds: float) -> str:
    """Return only the largest unit, such as ``3d`` or ``12m``."""
    return span_text(seconds).partition(" ")[0]


def lasting(seconds: float) -> str:
    """The largest unit in words, such as ``3 minutes``."""
    for size, name in _UNITS:
        number = int(seconds // size)
        if number:
            return counted(number, name)
    return "less than a second"


def ago(seconds: float | None) -> str:
    """``3 minutes ago``, with a space before it; empty where it is not known."""
    return "" if seconds is None else f" {lasting(seconds)} ago"


def size_text(size_bytes: int) -> str:
    """The size in its largest unit, such as ``112 MB`` or ``1.5 GB``; 1 kB is 1024 bytes."""
    size, unit = _in_its_unit(size_bytes)
    exact = unit == _SIZES[0] or size >= _WITHOUT_FRACTION
    return f"{size:.0f} {unit}" if exact else f"{size:.1f} {unit}"


def size(number: int) -> str:
    """The same with a digit behind the point where it is not a whole number: ``112.4 MB``."""
    amount, unit = _in_its_unit(number)
    return f"{amount:.1f}".removesuffix(".0") + f" {'bytes' if unit == _SIZES[0] else unit}"


def limit_text(size_bytes: int) -> str:
    """A limit by the names of its binary units, such as ``64 MiB``."""
    for unit, factor in (("GiB", _STEP**3), ("MiB", _STEP**2)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size_bytes} bytes"


def _in_its_unit(size_bytes: int) -> tuple[float, str]:
    """The largest unit of which there is a whole one, and how many of it."""
    size, unit = float(size_bytes), _SIZES[0]
    for larger in _SIZES[1:]:
        if size < _STEP:
            break
        size, unit = size / _STEP, larger
    return size, unit
