"""Writes YAML in block style, every text in double quotes, so that no reader guesses. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from multi_instance_manager.text.json_text import json_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*\Z")
_READ_AS_OTHERS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_INDENT = "  "


def yaml_text(content: dict[str, Any]) -> str:
    """Return one document: mappings, lists, texts, whole numbers and truth values."""
    return "".join(f"{line}\n" for line in _lines(content))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, entry in value.items():
            yield from _entry(f"{_key(key)}:", entry)
    elif isinstance(value, list) and value:
        for entry in value:
            first, *rest = _lines(entry)
            yield f"- {first}"
            yield from (f"{_INDENT}{line}" for line in rest)
    else:
        yield _scalar(value)


def _entry(begin: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        yield begin
        yield from (f"{_INDENT}{line}" for line in _lines(value))
    else:
        yield f"{begin} {_scalar(value)}"


def _key(name: str) -> str:
    is_plain = _PLAIN_KEY.match(name) and name.lower() not in _READ_AS_OTHERS
    return name if is_plain else _scalar(name)


def _scalar(value: Any) -> str:
    """Return the value as in JSON, which is YAML, apart from what YAML calls unprintable."""
    text = json_bytes(value).decode()
    return "".join(one if _is_plain(one) else _escape(one) for one in text)


def _is_plain(character: str) -> bool:
    return character.isprintable()


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"  # noqa: PLR2004
