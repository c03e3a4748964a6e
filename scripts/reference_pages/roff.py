"""Text as roff: nothing of it is taken for a request or an escape. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIGNS = {
    "\\": "\\e",
    "-": "\\-",
    "'": "\\(aq",
    "`": "\\(ga",
    "^": "\\(ha",
    "~": "\\(ti",
    '"': "\\(dq",
}
_CODE = re.compile(r"`([^`]+)`")
_FIRST_PARAGRAPH = re.compile(r"^(\.SH .*\n)\.PP\n", re.MULTILINE)
_LAST_ASCII = 127


def text(words: str) -> str:
    """One line of running text; what stands in backticks is bold."""
    parts = _CODE.split(words)
    return _guarded("".join(_bold(p) if at % 2 else plain(p) for at, p in enumerate(parts)))


def plain(words: str) -> str:
    """Every sign as itself."""
    return "".join(_sign(sign) for sign in words)


def bold(words: str) -> str:
    """A line of bold text."""
    return _guarded(_bold(words))


def quoted(words: str) -> str:
    """An argument of a macro."""
    return f'"{plain(words)}"'


def literal(lines: Iterable[str]) -> str:
    """Lines as they are, indented."""
    body = "".join(f"{_guarded(plain(line))}\n" for line in lines)
    return f".PP\n.RS 4\n.EX\n{body}.EE\n.RE\n"


def page(parts: Iterable[str]) -> str:
    """Parts one after another; a paragraph that begins a section needs no mark of its own."""
    return _FIRST_PARAGRAPH.sub(r"\1", "".join(parts))


def section(title: str) -> str:
    """The heading of a section."""
    return f".SH {quoted(title)}\n"


def subsection(title: str) -> str:
    """The heading of a part of a section."""
    return f".SS {quoted(title)}\n"


def paragraph(words: str) -> str:
    """A paragraph of running text."""
    return f".PP\n{text(words)}\n"


def item(head: str, body: str) -> str:
    """A term, and below it what it means."""
    return f".TP\n{bold(head)}\n{text(body)}\n"


def _bold(words: str) -> str:
    return f"\\fB{plain(words)}\\fR"


def _sign(sign: str) -> str:
    if ord(sign) > _LAST_ASCII:
        return f"\\[u{ord(sign):04X}]"
    return _SIGNS.get(sign, sign)


def _guarded(line: str) -> str:
    """A dot at the beginning of a line would be a request."""
    return f"\\&{line}" if line.startswith(".") else line
