"""The only place that writes to the terminal or into a pipe.

Output may contain foreign text: file names, messages of the engine, an image, a log. So all control
characters are escaped here. Our own drawings carry a mark that no one else can know (`marks.own`),
and become terminal sequences again. Characters that the output's encoding lacks are replaced.

The streams of a command in an instance are not our text, and do not pass through here.
"""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO, TypeVar

import click

from multi_instance_manager.render.foreign_text import harmless_json, printable_lines
from multi_instance_manager.render.hanging import columns_of, wrapped
from multi_instance_manager.render.marks import are_unwanted, restored

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

Answer = TypeVar("Answer", bool, int, str)
_SIGNS = str.maketrans({"→": "->", "…": "..."})


def shown(text: str, encoding: str = "utf-8") -> str:
    """Return text for output: lines and tabs stay, our own sequences are restored."""
    return restored(_fitting(printable_lines(text), encoding))


def shown_document(document: str, encoding: str = "utf-8") -> str:
    """Return JSON for output: unprintable characters are escaped, its meaning stays."""
    return harmless_json(document, only_ascii=not _has_letters_for(document, encoding))


def write(text: str, *, is_document: bool = False) -> None:
    """Write to standard output, now; raises OSError."""
    if sys.stdout is None:
        return
    encoding = _encoding_of(sys.stdout)
    sys.stdout.write((shown_document if is_document else shown)(text, encoding))
    sys.stdout.flush()


def tell(
    line: str, colour: str | None = None, *, coloured: int | None = None, indent: int = 2
) -> None:
    """Write one line to standard error, with ``coloured`` letters in colour, or all of them.

    On a terminal it is wrapped between words; the rest of it is indented.
    """
    if sys.stderr is None:
        return
    text = shown(line.replace("\n", "\\n"), _encoding_of(sys.stderr))
    columns = columns_of(sys.stderr)
    text = text if columns is None else wrapped(text, columns, " " * indent, indent)
    is_coloured = colour is not None and sys.stderr.isatty() and not are_unwanted()
    with suppress(OSError, ValueError):
        if is_coloured:
            end = len(text) if coloured is None else coloured
            text = click.style(text[:end], fg=colour) + text[end:]
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def asks(question: str) -> bool:
    """Ask a question on standard error; no answer means no."""
    try:
        return click.confirm(shown(question), default=False, err=True)
    except (click.Abort, RuntimeError, OSError, ValueError):  # without any input there is no answer
        tell("")
        return False


def asks_for(question: str, default: Answer) -> Answer | None:
    """Ask on standard error for a value of the default's type; None if there is no answer."""
    ask: Callable[..., Answer] = click.confirm if isinstance(default, bool) else click.prompt
    try:
        reply: Answer = ask(shown(question), default=default, err=True)
    except (click.Abort, RuntimeError, OSError, ValueError):
        tell("")
        return None
    return reply


def tell_declined(sentence: str) -> None:
    """Say that a question was not answered with yes; without a terminal, name the option for it."""
    has_terminal = sys.stdin is not None and sys.stdin.isatty()
    tell(sentence if has_terminal else f"{sentence}; to confirm without a terminal, pass -y")


def console(*, is_stderr: bool = False) -> Console:
    """Return the console for live drawings; their texts must be `printable` already."""
    from rich.console import Console

    stream = sys.stderr if is_stderr else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        # A character that the encoding lacks must not end the command.
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
