"""Reports an unexpected exception in one line, and keeps its details in a private log.

A traceback on a terminal helps no user, and may quote private data.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.cli.options import STATE_DIR
from multi_instance_manager.errors import ManagerError

if TYPE_CHECKING:
    import click

LOG_NAME = "defects.log"
_LARGEST_LOG = 1024**2
_LARGEST_ENTRY = 64 * 1024
_CLOSED = 0o600
_OPEN = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def defect_of(problem: BaseException, context: click.Context | None = None) -> ManagerError:
    """Return the error for the user; it names the log with the details."""
    state_dir = context.meta.get(STATE_DIR) if context is not None else None
    kept = keep(problem, state_dir)
    where = f"the details are kept in {kept}" if kept else "its details could not be kept"
    kind = type(problem).__name__
    return ManagerError(f"the manager has a defect ({kind}); {where}; please report it")


def keep(problem: BaseException, state_dir: Path | None) -> Path | None:
    """Write the details to a private file, in the state folder if there is one."""
    entry = _entry(problem)
    if state_dir is not None:
        with suppress(OSError):
            return _appended(state_dir, entry)
    with suppress(OSError):
        handle, name = tempfile.mkstemp(prefix="multi-instance-", suffix=f"-{LOG_NAME}")
        with os.fdopen(handle, "wb") as file:
            file.write(entry)
        return Path(name)
    return None


def keep_quietly(problem: BaseException | None) -> None:
    """Keep an exception of a thread or a finalizer instead of printing it."""
    if problem is not None and not isinstance(problem, SystemExit):
        keep(problem, None)


def _appended(state_dir: Path, entry: bytes) -> Path:
    """Append to the log; raises OSError if the folder or the file cannot be trusted."""
    path = state_dir / LOG_NAME
    folder = state_dir.stat()
    descriptor = os.open(path, _OPEN, _CLOSED)
    with os.fdopen(descriptor, "ab") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise FileExistsError(path)
        os.fchmod(descriptor, _CLOSED)
        if os.geteuid() == 0 and status.st_uid != folder.st_uid:
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
        if status.st_size > _LARGEST_LOG:
            os.ftruncate(descriptor, 0)
        file.write(entry)
    return path


def _entry(problem: BaseException) -> bytes:
    moment = datetime.now(tz=UTC).isoformat(timespec="seconds")
    text = "".join(traceback.format_exception(problem))
    command = " ".join(word for word in sys.argv[1:2] if not word.startswith("-"))
    whole = f"{moment} multi-instance {command}\n{text}\n"
    return whole.encode(errors="backslashreplace")[-_LARGEST_ENTRY:]
