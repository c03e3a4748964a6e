"""Tests that a folder is usable; write permission alone does not show that."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from multi_instance_manager.files.folder_usability import FolderTrial
from multi_instance_manager.files.private_files import CLOSED_DIR, CLOSED_FILE

_UNUSUAL = 0o640


def try_folder(folder: Path) -> FolderTrial | None:
    """Create a folder with a file in a folder, or the nearest one above, and remove both again.

    None if that name is a link to nothing, or no folder exists: other checks report that.
    """
    existing = next((one for one in (folder, *folder.parents) if os.path.lexists(one)), None)
    if existing is None or not existing.is_dir():
        return None
    trial = existing / f".multi-instance-trial-{secrets.token_hex(6)}"
    try:
        trial.mkdir(mode=CLOSED_DIR)
        return FolderTrial(keeps_modes=_keeps_modes(trial))
    except OSError as problem:
        return FolderTrial(fault=problem.strerror or type(problem).__name__)
    finally:
        with suppress(OSError):
            _remove(trial)


def _keeps_modes(trial: Path) -> bool:
    """Write a file, give it an unusual mode, and rename it."""
    file = trial / "written"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, CLOSED_FILE)
    try:
        os.write(descriptor, b"trial\n")
        kept = _takes_mode(descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    file.replace(trial / "renamed")
    return kept


def _takes_mode(descriptor: int) -> bool:
    with suppress(OSError):
        os.fchmod(descriptor, _UNUSUAL)
        return stat.S_IMODE(os.fstat(descriptor).st_mode) == _UNUSUAL
    return False


def _remove(trial: Path) -> None:
    for name in ("written", "renamed"):
        (trial / name).unlink(missing_ok=True)
    trial.rmdir()
