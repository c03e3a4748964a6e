"""Writes JSON, which must be UTF-8, although file names need not be. Pure."""

from __future__ import annotations

from typing import Any

import msgspec


def json_bytes(content: Any) -> bytes:
    """Return the content in UTF-8; bytes of a file name that do not fit become escapes."""
    try:
        return msgspec.json.encode(content)
    except UnicodeEncodeError:
        return msgspec.json.encode(_escaped(msgspec.to_builtins(content)))


def json_text(content: Any) -> str:
    """Return indented JSON, ending with a newline."""
    return msgspec.json.format(json_bytes(content), indent=2).decode() + "\n"


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {_escaped(name): _escaped(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(entry) for entry in value]
    return value
