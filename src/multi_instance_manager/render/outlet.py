"""The one way out: whatever a command writes to the terminal, or into a pipe, passes through here.

Text from elsewhere can be in any of it: names of files, words of the engine, of an image, a log.
So every character that a terminal would act on is written as an escape. The sequences of our own
drawings carry a mark that nobody else can know (`marks.own`), and become sequences again here.
What the other end's encoding has no letters for is written in those that it has.

The streams of a command that was run inside an instance are not text of ours, and no part of this.
"""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

import click

from multi_instance_manager.render.foreign_text import harmless_json, printable_lines
from multi_instance_manager.render.marks import are_unwanted, restored

if TYPE_CHECKING:
    from rich.console import Console

_SIGNS = str.maketrans({"→": "->", "…": "..."})


def shown(text: str, encoding: str = "utf-8") -> str:
    """The text as it may be written: lines and tabs stay, our own sequences come back."""
    return restored(_fitting(printable_lines(text), encoding))


def shown_document(document: str, encoding: str = "utf-8") -> str:
    """JSON as it may be written: what cannot be shown is escaped, and means what it meant."""
    return harmless_json(document, only_ascii=not _has_letters_for(document, encoding))


def write(text: str, *, is_document: bool = False) -> None:
    """Write to standard output, now; raises OSError where that is not possible."""
    if sys.stdout is None:
        return
    encoding = _encoding_of(sys.stdout)
    sys.stdout.write((shown_document if is_document else shown)(text, encoding))
    sys.stdout.flush()


def tell(line: str, colour: str | None = None, *, coloured: int | None = None) -> None:
    """Write one line to standard error, with ``coloured`` letters in colour, or all of them."""
    if sys.stderr is None:
        return
    text = shown(line.replace("\n", "\\n"), _encoding_of(sys.stderr))
    is_coloured = colour is not None and sys.stderr.isatty() and not are_unwanted()
    with suppress(OSError, ValueError):
        if is_coloured:
            end = len(text) if coloured is None else coloured
            text = click.style(text[:end], fg=colour) + text[end:]
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def asks(question: str) -> bool:
    """Put a question on standard error; no answer is no."""
    try:
        return click.confirm(shown(question), default=False, err=True)
    except (click.Abort, RuntimeError, OSError, ValueError):  # no input at all is no answer
        tell("")
        return False


def console(*, is_stderr: bool = False) -> Console:
    """Where drawings are made that go on; their texts are `printable` before they are drawn."""
    from rich.console import Console

    stream = sys.stderr if is_stderr else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        # A sign of a drawing that the encoding has no letter for is no reason to end.
        stream.reconfigure(errors="backslashreplace")
    return Console(stderr=is_stderr)


def _encoding_of(stream: TextIO) -> str:
    return stream.encoding or "utf-8"


def _has_letters_for(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _fitting(text: str, encoding: str) -> str:
    if _has_letters_for(text, encoding):
        return text
    return text.translate(_SIGNS).encode(encoding, "backslashreplace").decode(encoding)
