"""Parses the application's environment file with python-dotenv's grammar. Pure.

It differs from the docker client's ``--env-file``: values may be quoted and span lines, names may
follow ``export``, and ``${NAME}`` refers to another variable. Like python-dotenv, it skips an
unreadable part up to the end of its line. A byte order mark becomes part of the first name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_BLANK = r"[^\S\r\n]*"
_LINE_END = r"(?:\r\n|\n|\r|$)"
_LEADING = re.compile(r"\s*")
_EXPORT = re.compile(r"export[^\S\r\n]+")
_NAME = re.compile(rf"(?:(?=#)|'([^']+)'|(?!['#])([^=#\s]+)){_BLANK}")
_EQUALS = re.compile(rf"={_BLANK}")
_VALUES = {
    "'": re.compile(r"'((?:\\'|[^'])*)'"),
    '"': re.compile(r'"((?:\\"|[^"])*)"'),
}
_UNQUOTED = re.compile(r"([^\r\n]*)")
_ESCAPES = {"'": re.compile(r"\\[\\']"), '"': re.compile(r"\\[\\'\"abfnrtv]")}
_INLINE_COMMENT = re.compile(rf"{_BLANK}#[^\r\n]*")
_ENDING = re.compile(rf"{_BLANK}{_LINE_END}")
_REST_OF_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_COMMENT = re.compile(r"\s+#.*")
_REFERENCE = re.compile(r"\$\{([^}:]*)(?::-([^}]*))?\}")
_ESCAPED = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))


def variables_of(text: str) -> dict[str, str]:
    """Return the variables that the file sets, each with its last value as written.

    A name without ``=`` sets nothing.
    """
    found: dict[str, str] = {}
    position = 0
    while (position := _end_of(_LEADING, text, position)) < len(text):
        binding = _binding(text, position)
        position = binding.end
        if not binding.is_whole:
            position = _end_of(_REST_OF_LINE, text, position)
        elif binding.value is not None:
            found[binding.name] = binding.value
        else:
            found.pop(binding.name, None)
    return found


def resolved(variables: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Resolve the references in the values; the environment's own values come first."""
    known: dict[str, str] = {}
    for name, value in variables.items():
        there = {**known, **environment}
        known[name] = _REFERENCE.sub(
            lambda match, there=there: there.get(match[1], match[2] or ""),  # type: ignore[misc]
            value,
        )
    return known


class _Binding(NamedTuple):
    """A name with its value, as far as it could be read; a comment has an empty name."""

    end: int
    is_whole: bool = False
    name: str = ""
    value: str | None = None


def _binding(text: str, position: int) -> _Binding:
    position = _end_of(_EXPORT, text, position)
    name = _NAME.match(text, position)
    if name is None:
        return _Binding(position)
    position, value = name.end(), None
    if equals := _EQUALS.match(text, position):
        position = equals.end()
        quote = text[position : position + 1]
        found = _VALUES.get(quote, _UNQUOTED).match(text, position)
        if found is None:
            return _Binding(position)
        position, value = found.end(), _value_of(found[1], quote)
    position = _end_of(_INLINE_COMMENT, text, position)
    ending = _ENDING.match(text, position)
    if ending is None:
        return _Binding(position)
    return _Binding(ending.end(), True, name[1] or name[2] or "", value)


def _value_of(written: str, quote: str) -> str:
    if quote not in _ESCAPES:
        return _COMMENT.sub("", written).rstrip()
    return _ESCAPES[quote].sub(lambda match: _ESCAPED.get(match[0][1], match[0][1]), written)


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position
