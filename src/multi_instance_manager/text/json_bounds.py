"""Limits on JSON from elsewhere: a decoded bracket takes fifty bytes. Pure.

Checked before anything is decoded. Characters in strings do not count.
"""

from __future__ import annotations

import re
from itertools import accumulate

import msgspec

MOST_VALUES = 500_000
DEEPEST = 500
# Possessive throughout: no match is tried again, so nothing is remembered.
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_TOO_MANY_VALUES = re.compile(
    rb'(?:(?:[^"\[{,]++|%s)*+[\[{,]){%d}+' % (_STRING, MOST_VALUES + 1), re.DOTALL
)
_TOO_MANY_STRINGS = re.compile(rb'(?:[^"]*+%s){%d}+' % (_STRING, 2 * MOST_VALUES + 1), re.DOTALL)
_STRINGS = re.compile(rb'%s|".*' % _STRING, re.DOTALL)  # the rest, if it has no end
_STEPS = {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1)}
_NO_STEP = bytes(set(range(256)) - set(_STEPS))


class BeyondBounds(msgspec.DecodeError):
    """The JSON has more brackets, or is nested deeper, than any that is read here."""


def refuse_beyond_bounds(content: bytes) -> None:
    """Raise `BeyondBounds` for JSON that must not be decoded."""
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
