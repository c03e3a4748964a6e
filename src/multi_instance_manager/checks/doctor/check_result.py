"""One check of the doctor's: what was looked at, what was seen, what to do. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 5


class CheckVerdict(StrEnum):
    """How a check ended; SKIPPED where what it looks at was out of reach."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


class CheckOutcome(msgspec.Struct, frozen=True):
    """One check, and where it is not well the next step."""

    name: str
    verdict: CheckVerdict
    seen: str
    next_step: str = ""


def ok(name: str, seen: str) -> CheckOutcome:
    """A check that found all well."""
    return CheckOutcome(name, CheckVerdict.OK, seen)


def warned(name: str, seen: str, next_step: str) -> CheckOutcome:
    """A check that found what may come to hurt."""
    return CheckOutcome(name, CheckVerdict.WARNING, seen, next_step)


def failed(name: str, seen: str, next_step: str) -> CheckOutcome:
    """A check that found what keeps instances from running."""
    return CheckOutcome(name, CheckVerdict.ERROR, seen, next_step)


def skipped(name: str, why: str) -> CheckOutcome:
    """A check that could not be made."""
    return CheckOutcome(name, CheckVerdict.SKIPPED, why)


def some(names: Sequence[str]) -> str:
    """The first few of them."""
    more = len(names) - _SHOWN
    return f"{', '.join(names[:_SHOWN])} and {more} more" if more > 0 else ", ".join(names)
