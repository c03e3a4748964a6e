"""Text as Markdown: nothing of it is taken for markup. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GENERATED = "<!-- Written by `make docs` from the code. -->\n\n"
_CODE = re.compile(r"(`[^`]+`)")
_MARKUP = re.compile(r"([\\*<>\[\]])")


def prose(text: str) -> str:
    """A sentence: what stands in backticks stays code, all else is plain."""
    parts = _CODE.split(text)
    return "".join(p if _CODE.fullmatch(p) else _MARKUP.sub(r"\\\1", p) for p in parts)


def cell(text: str) -> str:
    """A cell of a table."""
    return prose(text).replace("|", "\\|")


def code(text: str) -> str:
    """A piece of code; empty stays empty."""
    return f"`{text}`" if text else ""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are Markdown already, apart from bars."""
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def block(lines: Sequence[str], language: str = "sh") -> str:
    """Lines as they are."""
    return f"```{language}\n" + "\n".join(lines) + "\n```\n"


def page(*sections: str) -> str:
    """Sections with an empty line between them; empty ones are left out."""
    return GENERATED + "\n".join(section for section in sections if section)
