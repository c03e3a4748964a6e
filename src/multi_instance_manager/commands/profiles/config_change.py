"""Changes the configuration file in one step; its owner, its mode and a link to it stay."""

from __future__ import annotations

import codecs
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.errors import StateError, UsageProblems
from multi_instance_manager.files.compared import left_behind, replace_compared
from multi_instance_manager.files.left_files import sweep
from multi_instance_manager.files.owned_paths import stranger_in_words, stranger_on
from multi_instance_manager.files.private_files import CLOSED_FILE, said, write_new
from multi_instance_manager.files.untrusted_files import read_untrusted
from multi_instance_manager.settings.config_edit import CannotEdit
from multi_instance_manager.settings.config_file import CONFIG_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.settings.model import Settings

_BY_HAND = "edit it by hand"
_AGAIN = "run the command again"


def config_file_of(settings: Settings) -> Path:
    """Return the configuration file in force, or the place where one would be."""
    return settings.config_path or settings.project_root / CONFIG_NAME


def change_config(settings: Settings, edit: Callable[[str], str]) -> bool:
    """Write what ``edit`` makes of the file's text; returns whether that changed anything.

    Raises `UsageProblems` if the file cannot be edited, and `StateError` if it cannot be written;
    it is as it was then.
    """
    path = config_file_of(settings)
    if not os.path.lexists(path):
        return _create(path, _edited(path, b"", edit))
    with said(path):
        file = _real(path)
        before = read_untrusted(file)
        if before is None:
            raise UsageProblems([f"{path}: is not a regular file, or is too large; {_BY_HAND}"])
        after = _edited(path, before, edit)
        _sweep(file)
        if before == after or _replace(file, before, after):
            return before != after
    raise StateError(str(path), "another program saved it at the same time", _AGAIN, at=path)


def _replace(file: Path, before: bytes, after: bytes) -> bool:
    return replace_compared(file, before, after, mark=file.name, keep=_newer_stays)


def _sweep(file: Path) -> None:
    """Remove what a run that was killed here has left: it may hold a key."""
    sweep(file.parent)
    for mark, path in left_behind(file.parent):
        if mark == file.name:
            with suppress(OSError):
                path.unlink()


def _create(path: Path, content: bytes) -> bool:
    if not content:
        return False
    with said(path):
        try:
            write_new(path, content, mode=CLOSED_FILE)
        except FileExistsError:
            raise StateError(str(path), "another program created it", _AGAIN, at=path) from None
    return True


def _real(path: Path) -> Path:
    """Follow the owner's link; refuse another user's, which may lead to any file."""
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path, strict=True))
    stranger = stranger_on(path, but=target)
    if stranger is not None:
        raise UsageProblems([f"{path}: {stranger_in_words(*stranger)}; {_BY_HAND}"])
    return target


def _edited(path: Path, content: bytes, edit: Callable[[str], str]) -> bytes:
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    try:
        return mark + edit(content.removeprefix(mark).decode()).encode()
    except UnicodeDecodeError:
        raise UsageProblems([f"{path}: is not UTF-8 text; save it as UTF-8"]) from None
    except UnicodeEncodeError:
        raise UsageProblems(
            [f"{path}: cannot hold a name that is not UTF-8; rename the profile"]
        ) from None
    except CannotEdit as problem:
        raise UsageProblems([f"{path}: {problem}; {_BY_HAND}"]) from None


def _newer_stays(_: bytes) -> None:
    """Of several saves of a text by its owner, the newest has the name; no other is kept."""
