"""Bounds on what JSON from elsewhere may hold: decoded, a bracket takes fifty bytes. Pure.

Looked at before anything is decoded. What stands in strings does not count.
"""

from __future__ import annotations

import re
from itertools import accumulate

import msgspec

MOST_VALUES = 500_000
DEEPEST = 500
# Possessive throughout: nothing that is matched is looked at again, and nothing is remembered.
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_TOO_MANY_VALUES = re.compile(
    rb'(?:(?:[^"\[{,]++|%s)*+[\[{,]){%d}+' % (_STRING, MOST_VALUES + 1), re.DOTALL
)
_TOO_MANY_STRINGS = re.compile(rb'(?:[^"]*+%s){%d}+' % (_STRING, 2 * MOST_VALUES + 1), re.DOTALL)
_STRINGS = re.compile(rb'%s|".*' % _STRING, re.DOTALL)  # what has no end is the rest
_STEPS = {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1)}
_NO_STEP = bytes(set(range(256)) - set(_STEPS))


class BeyondBounds(msgspec.DecodeError):
    """The JSON has more, or is nested deeper, than anything that is read here."""


def refuse_beyond_bounds(content: bytes) -> None:
    """Raise `BeyondBounds` for JSON that is not to be decoded."""
    opened = content.count(b"[") + content.count(b"{")
    if opened + content.count(b",") > MOST_VALUES and (
        _TOO_MANY_VALUES.match(content) or _TOO_MANY_STRINGS.match(content)
    ):
        raise BeyondBounds(f"has more than {MOST_VALUES:,} values")
    if opened > DEEPEST and _depth(content) > DEEPEST:
        raise BeyondBounds(f"is nested deeper than {DEEPEST} levels")


def _depth(content: bytes) -> int:
    brackets = _STRINGS.sub(b"", content).translate(None, delete=_NO_STEP)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)
