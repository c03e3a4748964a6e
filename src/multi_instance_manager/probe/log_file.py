"""Reads the end of a log as the engine's ``json-file`` driver keeps it, where this user may.

One line of the file is one of the log, as JSON. Whoever reads it through the engine has all of it
decoded, sent and parsed; here a megabyte is searched as it is, and only lines that may mean
something are parsed. A container cannot forge a line: the engine writes them.
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
_NAME_ENDS = "-json.log"  # Podman's file is called otherwise, and is no JSON
# Colours may stand anywhere in a line, as the driver's JSON writes them.
_ESCAPES = re.compile(rb"\\u001b\[[0-?]*[ -/]*[@-~]")
_ESCAPE = b"\\u001b"
# How the driver's JSON writes what a page would take for mark-up.
_MARKUP = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def last_lines_that_may_mean(
    log_path: str, container_id: str, signs: Sequence[LogSign]
) -> tuple[tuple[float, str], ...] | None:
    """Those of the last megabyte that have a sign's first text, with their moments, in order.

    None where it is not to be had: another driver's, another engine's, or closed to this user.
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
    """Its last megabyte; where it was begun anew a moment ago, with the end of the one before."""
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
