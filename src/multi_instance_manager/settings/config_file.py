"""Finds and reads the configuration file; knows nothing of its keys."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any

import msgspec

from multi_instance_manager.errors import UsageProblems

CONFIG_NAME = "multi-instance.toml"
_LARGEST_BYTES = 4 * 1024**2
_POSITION = re.compile(r"\(at (line \d+, column \d+|end of document)\)$")
# The parser's other messages quote a part of the line, which may be a part of a key.
_TELLING = {
    "Cannot overwrite a value",
    "Expected newline or end of document after a statement",
    "Expected '=' after a key in a key/value pair",
    "Expected ']' at the end of a table declaration",
    "Expected ']]' at the end of an array declaration",
    "Invalid value",
    "Invalid statement",
    "Invalid date or datetime",
    "Unclosed array",
    "Unclosed inline table",
    "Unescaped '\\' in a string",
    "Unterminated string",
}


class ConfigFile(msgspec.Struct, frozen=True):
    """The tables of the file, and its name in messages.

    ``is_closed``: only its owner can read it.
    """

    path: Path
    shown: str
    tables: dict[str, Any] = msgspec.field(default_factory=dict)
    is_closed: bool = True


def read_config_file(
    path: Path, shown: str, *, otherwise: str = "name another with --config"
) -> ConfigFile:
    """Read a file; raises `UsageProblems` if it cannot be read or is no TOML.

    ``otherwise`` is the alternative that the error offers.
    """
    try:
        status, content = _read(path)
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageProblems([f"{shown}: does not exist; {otherwise}"]) from None
    except UnicodeDecodeError:
        raise UsageProblems([f"{shown}: is not UTF-8 text; save it as UTF-8"]) from None
    except OSError as problem:
        fact = f"cannot be read ({problem.strerror})"
        raise UsageProblems([f"{shown}: {fact}; mend it, or {otherwise}"]) from None
    is_closed = not stat.S_IMODE(status.st_mode) & 0o077
    return ConfigFile(path, shown, _parsed(text, shown), is_closed)


def _read(path: Path) -> tuple[os.stat_result, bytes]:
    """Open without blocking: a pipe without a writer would block the run for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is not a regular file")
        content = file.read(_LARGEST_BYTES + 1)
        if len(content) > _LARGEST_BYTES:
            raise OSError(0, "it is far too large")
        return status, content


def _parsed(text: str, shown: str) -> dict[str, Any]:
    """Parse the tables; an error names the place, not the line, which may be secret."""
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise UsageProblems([f"{shown}: is nested too deeply; write it flat"]) from None
    except ValueError as problem:
        sentence = str(problem)
        position = _POSITION.search(sentence)
        where = f" at {position[1]}" if position else ""
        told = sentence[: position.start()].strip() if position else ""
        what = f" ({told[0].lower()}{told[1:]})" if told in _TELLING else ""
        step = "a text stands in quotes, a table's name in brackets"
        raise UsageProblems([f"{shown}: is not valid TOML{where}{what}; {step}"]) from None
