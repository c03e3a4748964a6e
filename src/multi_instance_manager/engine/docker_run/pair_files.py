"""Parses a file of `NAME=value` lines: an env-file or a label-file. Pure.

The caller's reader provides the text. Only names from it are ever shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.engine.docker_run.docker_option import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def read_text(path: str, reader: Callable[[str], str]) -> str:
    """Return the text of a file; raises `Refusal` with the reason if it cannot be read."""
    try:
        return reader(path)
    except UnicodeError:
        raise Refusal("the file is not UTF-8 text; save it as such") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise Refusal(f"the file cannot be read ({reason}); name a readable file") from error


def pairs(path: str, reader: Callable[[str], str]) -> Iterator[tuple[str, str | None]]:
    """Return each name of a file with its value; None for a line with only a name."""
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
