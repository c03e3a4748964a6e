"""Searches the bytes of a log without splitting it into lines. Pure.

A megabyte has ten thousand lines, and few have a meaning. Searching for their texts takes a
hundredth of the time of decoding all lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from multi_instance_manager.text.times import ns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from multi_instance_manager.application.definition import LogSign

_MOST_HITS = 64
_LONGEST_LINE = 16 * 1024
# A header of eight bytes precedes; its size may contain the byte of a line's end.
_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) ")
_STAMP_WITHIN = 48
_ESCAPES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")


def lines_with(content: bytes, needles: Sequence[bytes]) -> Iterator[bytes]:
    """Return the lines with any of these texts, in order; the last ones for each text."""
    starts = sorted({start for needle in needles for start in _starts(content, needle)})
    for start in starts:
        end = content.find(b"\n", start)
        yield content[start : len(content) if end < 0 else end][:_LONGEST_LINE]


def sent_lines_that_may_mean(
    content: bytes, signs: Sequence[LogSign]
) -> tuple[tuple[float, str], ...]:
    """The same for a log as an engine sends it: messages in frames, each with its time."""
    if b"\x1b[" in content:
        content = _ESCAPES.sub(b"", content)
    needles = [sign.longest_text.encode() for sign in signs]
    found = (_dated(line) for line in lines_with(content, needles))
    return tuple(line for line in found if line is not None)


def _starts(content: bytes, needle: bytes) -> Iterator[int]:
    """Return the starts of lines with the text, the last first."""
    end, found = len(content), 0
    while found < _MOST_HITS and (at := content.rfind(needle, 0, end)) >= 0:
        start = content.rfind(b"\n", 0, at) + 1
        yield start
        end, found = start, found + 1


def _dated(line: bytes) -> tuple[float, str] | None:
    stamp = _STAMP.search(line[:_STAMP_WITHIN])
    if stamp is None:
        return None
    try:
        at = ns_of(stamp[1].decode()) / 10**9
    except ValueError:
        return None
    return at, line[stamp.end() :].decode(errors="replace")
