"""Finds lines with a known meaning among the lines of an instance's log. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.application.verdict import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from multi_instance_manager.application.definition import LogSign

# What colours text on a terminal, and what else begins with an escape character there.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_LONGEST_LINE = 400


class LogMark(msgspec.Struct, frozen=True):
    """A line with a known meaning; ``at`` is when the engine took it in, in seconds since 1970.

    ``ends`` are the meanings that it takes back; all where it names none, and takes back any.
    """

    meaning: Meaning
    at: float
    line: str
    ends: tuple[Meaning, ...] = ()


def marks_in(lines: Iterable[tuple[float, str]], signs: Sequence[LogSign]) -> tuple[LogMark, ...]:
    """The marks among lines, each with its moment, in the order of the lines.

    A line means what the first sign says whose texts it has all of, colours taken out.
    """
    found: list[LogMark] = []
    for at, text in lines:
        plain = without_escapes(text)
        sign = next((one for one in signs if all(part in plain for part in one.contains)), None)
        if sign is not None:
            found.append(LogMark(sign.meaning, at, plain.strip()[:_LONGEST_LINE], sign.ends))
    return tuple(found)


def without_escapes(text: str) -> str:
    """The text without what a terminal would take for an order."""
    return _ESCAPES.sub("", text) if "\x1b" in text else text
