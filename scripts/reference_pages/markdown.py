"""Renders text as Markdown, with markup escaped. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GENERATED = "<!-- Written by `make docs` from the code. -->\n\n"
_CODE = re.compile(r"(`[^`]+`)")
_MARKUP = re.compile(r"([\\*<>\[\]])")


def prose(text: str) -> str:
    """Escape a sentence; code in backticks stays code."""
    parts = _CODE.split(text)
    return "".join(p if _CODE.fullmatch(p) else _MARKUP.sub(r"\\\1", p) for p in parts)


def cell(text: str) -> str:
    """Escape a cell of a table."""
    return prose(text).replace("|", "\\|")


def code(text: str) -> str:
    """Return the text as inline code; empty stays empty."""
    return f"`{text}`" if text else ""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def block(lines: Sequence[str], language: str = "sh") -> str:
    """Return the lines as a code block."""
    return f"```{language}\n" + "\n".join(lines) + "\n```\n"


def page(*sections: str) -> str:
    """Join the non-empty sections with an empty line between them."""
    return GENERATED + "\n".join(section for section in sections if section)
