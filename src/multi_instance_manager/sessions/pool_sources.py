"""Notes where the versions in the pool came from.

A version in the history has its source in its name. What the pool holds has none: the last few
contents that this program wrote there are noted by their digests, and any other is the owner's.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from multi_instance_manager.errors import StateError
from multi_instance_manager.files.owned_files import read_owned
from multi_instance_manager.files.private_files import CLOSED_FILE, write_atomic
from multi_instance_manager.sessions.version_source import KNOWN_SOURCES, VersionSource
from multi_instance_manager.state.folder import make_dir
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.state.layout import StateLayout

_MOST_NOTES = 5


def note_source(
    layout: StateLayout, container_name: str, content: bytes, source: VersionSource
) -> None:
    """Note what is about to be written to the pool. Without a note nothing else goes wrong."""
    file = layout.pool_sources(container_name)
    lines = [f"{digest_of(content)} {source.value}", *_lines(file)]
    text = "".join(f"{line}\n" for line in lines[:_MOST_NOTES])
    with suppress(StateError, OSError):
        make_dir(layout, file.parent)
        write_atomic(file, text.encode(), like=None, mode=CLOSED_FILE)


def source_in_pool(
    layout: StateLayout, container_name: str, content: bytes, *, has_versions: bool
) -> VersionSource:
    """The source of what the pool holds; ``has_versions``: something of it was kept before."""
    lines = _lines(layout.pool_sources(container_name))
    if not lines:
        return VersionSource.UNKNOWN if has_versions else VersionSource.OWNER
    noted = dict(reversed([line.split(" ", 1) for line in lines if " " in line]))
    word = noted.get(digest_of(content), VersionSource.OWNER.value)
    return VersionSource(word) if word in KNOWN_SOURCES else VersionSource.UNKNOWN


def move_notes(source: Path, target: Path) -> None:
    """Give the notes to another name; those that are there stay. Raises OSError."""
    if source.is_file() and not target.exists():
        source.rename(target)


def _lines(file: Path) -> list[str]:
    try:
        return read_owned(file).decode(errors="replace").splitlines()
    except OSError:
        return []
