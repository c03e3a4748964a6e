"""Reads the end of a log from the engine's ``json-file`` driver, if this user may.

Each line of the file is one log line, as JSON. The engine would decode, send and parse all of them;
here a megabyte is searched as it is, and only lines with a possible meaning are parsed. A container
cannot forge a line: the engine writes them.
"""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.engine.docker.answers import moment_of
from multi_instance_manager.text.json_faults import JSON_FAULTS
from multi_instance_manager.vitals.log_search import lines_with

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.application.definition import LogSign

LAST_BYTES = 1024**2
_NAME_ENDS = "-json.log"  # Podman's file has another name, and is no JSON
# Colours anywhere in a line, as the driver's JSON writes them.
_ESCAPES = re.compile(rb"\\u001b\[[0-?]*[ -/]*[@-~]")
_ESCAPE = b"\\u001b"
# The characters that the driver's JSON escapes for web pages.
_MARKUP = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def last_lines_that_may_mean(
    log_path: str, container_id: str, signs: Sequence[LogSign]
) -> tuple[tuple[float, str], ...] | None:
    """Return lines of the last megabyte with a sign's first text, with their times, in order.

    None if the file is unavailable: another driver, another engine, or closed to this user.
    """
    if container_id not in log_path or not log_path.endswith(_NAME_ENDS):
        return None
    content = _end_of(Path(log_path))
    if content is None:
        return None
    if _ESCAPE in content:
        content = _ESCAPES.sub(b"", content)
    needles = [_as_the_driver_writes(sign.longest_text) for sign in signs]
    lines = (_parsed(line) for line in lines_with(content, needles))
    return tuple(line for line in lines if line is not None)


def _end_of(path: Path) -> bytes | None:
    """Return the last megabyte; right after a rotation, with the end of the file before."""
    content = _last_bytes(path, LAST_BYTES)
    if content is None:
        return None
    if len(content) < LAST_BYTES:
        content = (_last_bytes(Path(f"{path}.1"), LAST_BYTES - len(content)) or b"") + content
    if len(content) >= LAST_BYTES:
        content = content[content.find(b"\n") + 1 :]
    return content[: content.rfind(b"\n") + 1]


def _last_bytes(path: Path, number: int) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        return os.pread(descriptor, number, max(0, status.st_size - number))
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _as_the_driver_writes(text: str) -> bytes:
    written = json.dumps(text, ensure_ascii=False)[1:-1]
    return "".join(_MARKUP.get(character, character) for character in written).encode()


def _parsed(line: bytes) -> tuple[float, str] | None:
    try:
        entry = msgspec.json.decode(line, type=dict[str, Any])
        at = moment_of(str(entry["time"]))
        return None if at is None else (at, str(entry["log"]))
    except (*JSON_FAULTS, KeyError, ValueError):
        return None
