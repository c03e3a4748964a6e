"""Reads API keys from files, and generates the random one."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.settings import values

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.text.secret import Secret

_LARGEST_BYTES = 64 * 1024
_RANDOM_BYTES = 32


class KeyFile(msgspec.Struct, frozen=True):
    """The key of a file, and whether every user of the machine can read it."""

    key: Secret
    is_open: bool


class NoKeyFile(ValueError):
    """The file does not exist."""


class ClosedKeyFile(ValueError):
    """The file or its folder is closed to this user: whether the file exists is unknown."""


def read_key_file(path: Path) -> KeyFile:
    """Return the first non-empty line; ValueError names the problem, never the content."""
    try:
        status, content = _read(path)
    except FileNotFoundError:
        raise NoKeyFile("does not exist; name the file that holds the key") from None
    except OSError as problem:
        kind = ClosedKeyFile if isinstance(problem, PermissionError) else ValueError
        raise kind(
            f"cannot be read ({problem.strerror}); name a file that this user can read"
        ) from None
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    first = next((line.strip() for line in lines if line.strip()), None)
    if first is None:
        raise ValueError("is empty; write the key on its first line")
    try:
        key = values.api_key(first)
    except ValueError as problem:
        raise ValueError(f"its first line {problem}") from None
    return KeyFile(key, bool(status.st_mode & stat.S_IROTH))


def _read(path: Path) -> tuple[os.stat_result, bytes]:
    """Open without blocking: a pipe without a writer would block the run for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("is not a regular file; name one that holds the key")
        return status, file.read(_LARGEST_BYTES)


def random_key() -> str:
    """Return a new, unguessable key."""
    import secrets

    return f"sk-{secrets.token_urlsafe(_RANDOM_BYTES)}"
