"""Reads a file of one `NAME=value` a line: the content of an env-file or a label-file. Pure.

The text is read by the caller's reader. Nothing of a line but its name is ever shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.engine.docker_run.docker_option import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def read_text(path: str, reader: Callable[[str], str]) -> str:
    """The text of a file, or a refusal that says why it cannot be read."""
    try:
        return reader(path)
    except UnicodeError:
        raise Refusal("the file is not UTF-8 text; save it as such") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise Refusal(f"the file cannot be read ({reason}); name a readable file") from error


def pairs(path: str, reader: Callable[[str], str]) -> Iterator[tuple[str, str | None]]:
    """Each name of a file with its value, or with None where the line is a name alone."""
    lines = read_text(path, reader).removeprefix("\ufeff").split("\n")
    for number, raw in enumerate(lines, start=1):
        line = raw.removesuffix("\r").lstrip()
        if line and not line.startswith("#"):
            yield _pair(line, number)


def _pair(line: str, number: int) -> tuple[str, str | None]:
    name, separator, value = line.partition("=")
    if not name:
        raise Refusal(f"line {number} has no name before its '='; write NAME=value")
    if any(character in name for character in " \t"):
        raise Refusal(f"line {number} has a space in its name; write NAME=value without it")
    return name, value if separator else None
