"""The folder of an export: new, empty, or with nothing but the files of an earlier export."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import Refused
from multi_instance_manager.files.owned_files import read_owned
from multi_instance_manager.files.private_files import (
    CLOSED_FILE,
    READABLE_FILE,
    said,
    write_atomic,
)
from multi_instance_manager.findings import error
from multi_instance_manager.text.json_faults import JSON_FAULTS
from multi_instance_manager.text.json_text import json_text
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from multi_instance_manager.export.exported import ExportedFile

MARKER = ".multi-instance-export"
_NEXT = "name a new or an empty folder"


class _Marker(msgspec.Struct):
    """The names of the files that an export has written."""

    files: tuple[str, ...]


def earlier_files(folder: Path) -> frozenset[str]:
    """Return the files of an earlier export; raises `Refused` if the folder holds others."""
    if not os.path.lexists(folder):
        return frozenset()
    subject = f"folder {printable(str(folder))}"
    if not folder.is_dir():
        raise Refused([error("export-folder", subject, "is not a folder", _NEXT)])
    with said(folder):
        present = frozenset(os.listdir(folder))  # noqa: PTH208  # names, not paths
    foreign = sorted(present - _marked(folder) - {MARKER})
    if foreign:
        fact = f"holds {printable(foreign[0])}, which is not of an earlier export"
        raise Refused([error("export-folder", subject, fact, _NEXT)])
    return present - {MARKER}


def _marked(folder: Path) -> frozenset[str]:
    """Return the names in the marker; none if it cannot be read."""
    try:
        return frozenset(msgspec.json.decode(read_owned(folder / MARKER), type=_Marker).files)
    except (OSError, *JSON_FAULTS):
        return frozenset()


def write_files(folder: Path, files: Sequence[ExportedFile], earlier: frozenset[str]) -> None:
    """Write all files, and remove those of the earlier export that are not among them.

    The marker comes first: after an interruption, the next export goes on.
    """
    names = {file.name for file in files}
    with said(folder):
        folder.mkdir(parents=True, exist_ok=True)
    marker = json_text(_Marker(tuple(sorted(names | earlier))))
    write_atomic(folder / MARKER, marker.encode(), like=None, mode=READABLE_FILE)
    for file in files:
        mode = CLOSED_FILE if file.is_secret else READABLE_FILE
        write_atomic(folder / file.name, file.text.encode(), like=None, mode=mode)
    for name in earlier - names:
        with said(folder / name):
            (folder / name).unlink(missing_ok=True)
