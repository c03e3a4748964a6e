"""Quotes a word for bash, so that it can be shown on a terminal and run. Pure."""

from __future__ import annotations

import shlex


def quote(word: str) -> str:
    """Quote the word; control characters become bash's own escapes."""
    return shlex.quote(word) if word.isprintable() else f"$'{''.join(map(_escaped, word))}'"


def _escaped(character: str) -> str:
    if character in "'\\":
        return f"\\{character}"
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode(errors="surrogateescape"))
