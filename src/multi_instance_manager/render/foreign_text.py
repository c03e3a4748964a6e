"""Text that others wrote, made harmless for a terminal: nothing in it acts. Pure."""

from __future__ import annotations

import re

from multi_instance_manager.profiles import printable

_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")


def harmless(text: str) -> str:
    """The text without colours, and with everything else that a terminal acts on as escapes.

    Tabs stay.
    """
    if text.isprintable():
        return text
    return "\t".join(map(printable, _COLOURS.sub("", text).split("\t")))


def harmless_json(document: str) -> str:
    """The same for a line of JSON: what cannot be shown is escaped, and means what it meant."""
    text = document.removesuffix("\n")
    if text.isprintable():
        return document
    return "".join(c if c.isprintable() else _escaped(c) for c in text) + "\n"


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
