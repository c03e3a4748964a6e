"""Makes what differs from run to run the same in every picture. Pure.

What may stand in a column is replaced by something as long, so that columns stay where they are.
"""

from __future__ import annotations

import itertools
import re
from functools import partial

SHOWN_ROOT = "/srv/my-application"
_SPINNER = re.compile("[⠁-⣿]")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d((?:\.\d+)?)")
_DIGITS = "3f9c41d0a7e2586bb1" * 4
_FIXED = (
    (re.compile(r"(?<![\d:])\d:\d\d:\d\d(?!\d)"), "0:00:02"),
    (re.compile(r"(?<!\d)\d\d\.\d(?= GB (?:available|free))"), "21.5"),
    (re.compile(r"(?<!\d)\d+s ago"), "8s ago"),
    (re.compile(r"(?<![\d.])\d+s(?= |$)(?! ago)"), "9s"),
    (re.compile(r"(?<![\d.])\d+(?:\.\d+)? MB"), "48 MB"),
)
_ID = re.compile(r"(?<=sha256:)[0-9a-f]{4,64}|(?<![0-9a-z])[0-9a-f]{12}(?![0-9a-z])")
_IN_WORDS = re.compile(r"\b\d+ seconds? ago")


def masked(text: str, root: str) -> str:
    """The text without paths of this machine, moments, amounts and ids."""
    if len(root) != len(SHOWN_ROOT):
        raise SystemExit(f"{root}: must be as long as {SHOWN_ROOT}")
    text = _SPINNER.sub("⠹", text.replace(root, SHOWN_ROOT))
    text = _IN_WORDS.sub("3 seconds ago", text)
    for pattern, instead in _FIXED:
        text = pattern.sub(partial(_padded, instead), text)
    return _numbered(_ID.sub(lambda match: _DIGITS[: len(match[0])], text))


def _padded(instead: str, match: re.Match[str]) -> str:
    return instead.ljust(len(match[0]))


def _numbered(text: str) -> str:
    """Every moment that is told is half a second after the one before."""
    halves = itertools.count(1)

    def instead(match: re.Match[str]) -> str:
        second, half = divmod(next(halves), 2)
        fraction = f".{half * 5}".ljust(len(match[2]), "0") if match[2] else ""
        return f"2026-03-02{match[1]}09:30:{second:02}{fraction}"

    return _MOMENT.sub(instead, text)
