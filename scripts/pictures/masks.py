"""Replaces what belongs to this machine and this day. Pure.

Times keep their distance from each other: a picture shows what really took how long. What stands in
a column is replaced by something as long, so that columns stay where they are.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

SHOWN_ROOT = "/srv/my-application"
SHOWN_START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_SPINNER = re.compile("[⠁-⣿]")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)")
_CLOCK = re.compile(r"(?<!\d[ T])(?<![\d:])(\d\d:\d\d:\d\d)(?=\.\d{3} )")
_DIGITS = "3f9c41d0a7e2586bb1" * 4
_MEMORY = re.compile(r"(?<!\d)\d\d\.\d(?= GB (?:available|free))")
_ID = re.compile(r"(?<=sha256:)[0-9a-f]{4,64}|(?<![0-9a-z])[0-9a-f]{12}(?![0-9a-z])")


def masked(text: str, root: str, began: datetime) -> str:
    """The text without paths, dates and IDs of this machine; ``began`` is shown as a fixed day."""
    if len(root) != len(SHOWN_ROOT):
        raise SystemExit(f"{root}: must be as long as {SHOWN_ROOT}")
    text = _SPINNER.sub("⠹", text.replace(root, SHOWN_ROOT))
    text = _MEMORY.sub("21.5", text)
    text = _MOMENT.sub(lambda found: _moved(found, began), text)
    text = _CLOCK.sub(lambda found: f"{_shown(found[1], began):%H:%M:%S}", text)
    return _ID.sub(lambda match: _DIGITS[: len(match[0])], text)


def _moved(found: re.Match[str], began: datetime) -> str:
    shown = _shown(f"{found[1]}T{found[3]}", began)
    return f"{shown:%Y-%m-%d}{found[2]}{shown:%H:%M:%S}"


def _shown(moment: str, began: datetime) -> datetime:
    """The moment that is shown for one; of a time of day, the day is the first one's."""
    whole = moment if "T" in moment else f"{began:%Y-%m-%d}T{moment}"
    return SHOWN_START + (datetime.fromisoformat(f"{whole}+00:00") - began.replace(microsecond=0))
