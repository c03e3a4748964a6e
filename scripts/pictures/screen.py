"""What stands on the screen after a stream of text: lines that were drawn over are gone. Pure.

It knows what the progress display writes: a line erased, the cursor up some lines, the cursor
hidden and shown. Anything else would be drawn wrongly, so it is refused.
"""

from __future__ import annotations

import re

_PARTS = re.compile(r"(\x1b\[[0-9;?]*[A-Za-z]|\r|\n)")
_UP = re.compile(r"\x1b\[(\d*)A")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CURSOR = {"\x1b[?25l", "\x1b[?25h"}
_ERASE = {"\x1b[2K", "\x1b[K"}


class Screen:
    """Lines of text with colours, and the line that the cursor is on."""

    def __init__(self) -> None:
        self._lines = [""]
        self._row = 0
        self._at_start = True

    def write(self, text: str) -> None:
        """Take in what a command wrote."""
        for part in _PARTS.split(text):
            if part:
                self._take(part)

    @classmethod
    def after(cls, text: str) -> list[str]:
        """The lines that stand there after the text."""
        screen = cls()
        screen.write(text)
        return screen.lines

    @property
    def lines(self) -> list[str]:
        """The lines, without empty ones at the end."""
        kept = [line.rstrip() for line in self._lines]
        while kept and not kept[-1]:
            kept.pop()
        return kept

    def _take(self, part: str) -> None:
        up = _UP.fullmatch(part)
        if part == "\n":
            self._row += 1
            self._lines += [""] * (self._row + 1 - len(self._lines))
        elif part == "\r":
            self._at_start = True
        elif up:
            self._row = max(0, self._row - int(up[1] or 1))
        elif part in _ERASE:
            self._lines[self._row] = ""
        elif part not in _CURSOR:
            self._put(part)

    def _put(self, part: str) -> None:
        """Text, or a colour. At the start of a line it stands instead of what was there."""
        if part.startswith("\x1b") and not _COLOUR.fullmatch(part):
            raise SystemExit(f"{part!r}: is not known to pictures/screen.py")
        self._lines[self._row] = part if self._at_start else self._lines[self._row] + part
        self._at_start = False
