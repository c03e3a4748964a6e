"""Escapes foreign text, so that nothing in it acts on a terminal. Pure."""

from __future__ import annotations

import re

from multi_instance_manager.text.printable import printable

_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")


def harmless(text: str) -> str:
    """Remove colours, and escape all other control characters. Tabs stay."""
    if text.isprintable():
        return text
    return "\t".join(map(printable, _COLOURS.sub("", text).split("\t")))


def printable_lines(text: str) -> str:
    """Escape control characters; lines and tabs stay."""
    return "\n".join(map(_printable_line, text.split("\n")))


def harmless_json(document: str, *, only_ascii: bool = False) -> str:
    """Escape unprintable characters of JSON without changing its meaning; its lines stay."""
    lines = document.split("\n")
    return "\n".join(_json_line(line, only_ascii=only_ascii) for line in lines)


def _printable_line(line: str) -> str:
    return line if line.isprintable() else "\t".join(map(printable, line.split("\t")))


def _json_line(line: str, *, only_ascii: bool) -> str:
    if line.isprintable() and (line.isascii() or not only_ascii):
        return line
    return "".join(c if _stays(c, only_ascii=only_ascii) else _escaped(c) for c in line)


def _stays(character: str, *, only_ascii: bool) -> bool:
    return character.isprintable() and (character.isascii() or not only_ascii)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
