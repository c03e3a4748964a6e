"""The pages of the documentation, taken apart: links, anchors, command lines, examples."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_CALL = re.compile(
    r"(?<![\w./-])(?:\.venv/bin/|/usr/local/bin/)?multi-instance(?= |$)([^|;&>#`)]*)"
)
_SHELLS = {"sh", "console"}


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return _FENCE.sub("", self.text)

    def blocks(self, *languages: str) -> list[str]:
        return [content for language, content in _FENCE.findall(self.text) if language in languages]

    @property
    def links(self) -> list[str]:
        """Where it leads to in this repository."""
        found = _LINK.findall(_INLINE.sub("", self.prose))
        return [link for link in found if not link.startswith(("http://", "https://"))]

    @property
    def anchors(self) -> set[str]:
        """What a link can name behind its #."""
        return {_anchor(heading) for heading in _HEADING.findall(self.prose)}

    @property
    def calls(self) -> list[list[str]]:
        """The words behind each `multi-instance` that is called."""
        shown = [*self.blocks(*_SHELLS), *_INLINE.findall(self.prose)]
        joined = "\n".join(shown).replace("\\\n", " ")
        return [
            [word.strip("\"'") for word in call.split()]
            for line in joined.splitlines()
            for call in _CALL.findall(line)
        ]


def _anchor(heading: str) -> str:
    plain = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return plain.strip().replace(" ", "-")


PAGES = [
    Page(path)
    for path in sorted(
        [
            REPOSITORY / "README.md",
            REPOSITORY / "CONTRIBUTING.md",
            *(REPOSITORY / "docs").rglob("*.md"),
        ]
    )
]


def name_of(page: Page) -> str:
    """How a test names it."""
    return page.path.relative_to(REPOSITORY).as_posix()
