"""Finds log lines with a known meaning. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.application.verdict import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from multi_instance_manager.application.definition import LogSign

# Colours and other sequences that begin with an escape character.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_LONGEST_LINE = 400


class LogMark(msgspec.Struct, frozen=True):
    """A line with a known meaning; ``at`` is when the engine received it, in seconds since 1970.

    ``ends`` are the meanings that it clears; if it clears any and names none, all of them.
    """

    meaning: Meaning
    at: float
    line: str
    ends: tuple[Meaning, ...] = ()


def marks_in(lines: Iterable[tuple[float, str]], signs: Sequence[LogSign]) -> tuple[LogMark, ...]:
    """Return the marks among lines, each with its time, in the order of the lines.

    A line has the meaning of the first sign whose texts it contains, without colours.
    """
    found: list[LogMark] = []
    for at, text in lines:
        plain = without_escapes(text)
        sign = next((one for one in signs if all(part in plain for part in one.contains)), None)
        if sign is not None:
            found.append(LogMark(sign.meaning, at, plain.strip()[:_LONGEST_LINE], sign.ends))
    return tuple(found)


def without_escapes(text: str) -> str:
    """Remove escape sequences."""
    return _ESCAPES.sub("", text) if "\x1b" in text else text
