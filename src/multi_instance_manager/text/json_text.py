"""Writes JSON: file names need not be UTF-8, and JSON must be. Pure."""

from __future__ import annotations

from typing import Any

import msgspec


def json_bytes(content: Any) -> bytes:
    """The content in UTF-8; of a file name that is none, the bytes that do not fit as escapes."""
    try:
        return msgspec.json.encode(content)
    except UnicodeEncodeError:
        return msgspec.json.encode(_escaped(msgspec.to_builtins(content)))


def json_text(content: Any) -> str:
    """The same as a person reads it: indented, with a newline at its end."""
    return msgspec.json.format(json_bytes(content), indent=2).decode() + "\n"


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {_escaped(name): _escaped(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(entry) for entry in value]
    return value
