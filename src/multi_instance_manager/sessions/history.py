"""Earlier versions of a session: numbered, private, the last few of each instance."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.files.private_files import CLOSED_FILE, said, write_atomic
from multi_instance_manager.sessions.pool_sources import move_notes
from multi_instance_manager.sessions.version_source import KNOWN_SOURCES, VersionSource
from multi_instance_manager.state.folder import make_dir
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from multi_instance_manager.state.layout import StateLayout

KEPT_VERSIONS = 10
_NUMBER_DIGITS = 6
_DIGEST_DIGITS = 12
_TOO_LARGE = "too-large.json"
_MOMENT = "%Y%m%dT%H%M%SZ"
# Any other file was put there by hand.
_VERSION = re.compile(
    rf"([0-9]{{{_NUMBER_DIGITS},12}})-([0-9]{{8}}T[0-9]{{6}}Z)-([0-9a-f]{{{_DIGEST_DIGITS}}})"
    rf"(?:-({'|'.join(KNOWN_SOURCES)}))?\.json"
)


class Version(msgspec.Struct, frozen=True):
    """One earlier version: its number, when it was kept, the beginning of its digest.

    ``source`` is where it came from before it was in the pool, or in the copy.
    """

    number: int
    kept_at: datetime
    digest: str
    size: int
    path: Path
    source: VersionSource = VersionSource.UNKNOWN


def versions(layout: StateLayout, container_name: str) -> tuple[Version, ...]:
    """The versions kept of an instance, oldest first."""
    return versions_in(layout.history_dir(container_name))


def versions_in(folder: Path) -> tuple[Version, ...]:
    """The versions in a folder, oldest first."""
    with said(folder):
        try:
            found = [_version(path) for path in folder.iterdir()]
        except FileNotFoundError:
            return ()
    return tuple(sorted(filter(None, found), key=lambda version: (version.number, version.path)))


def _version(path: Path) -> Version | None:
    """None for what is no version, and for one that another manager has just removed."""
    parts = _VERSION.fullmatch(path.name)
    if parts is None:
        return None
    number, moment, digest, word = parts.groups()
    with suppress(ValueError, FileNotFoundError):
        kept_at = datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC)
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            source = VersionSource(word) if word else VersionSource.UNKNOWN
            return Version(int(number), kept_at, digest, status.st_size, path, source)
    return None


def keep_version(
    layout: StateLayout,
    container_name: str,
    content: bytes,
    now: float,
    rank: Callable[[bytes], int],
    source: VersionSource = VersionSource.UNKNOWN,
) -> Path:
    """Put a version into the history of an instance; gives its file.

    Versions are numbered: a clock that jumps does not make the newest the oldest, and a version has
    its number for as long as it is kept. What was kept last is not kept twice. ``rank`` tells how
    much of a login a version holds: the last of those that hold the most stays, however many come
    after it. ``now`` in seconds since the epoch.
    """
    folder = layout.history_dir(container_name)
    make_dir(layout, folder)
    with said(folder):
        kept = versions(layout, container_name)
        if kept and kept[-1].path.read_bytes() == content:
            os.utime(kept[-1].path)
            return kept[-1].path
        number = kept[-1].number + 1 if kept else 1
        moment = datetime.fromtimestamp(now, tz=UTC).strftime(_MOMENT)
        digest = digest_of(content)[:_DIGEST_DIGITS]
        suffix = f"-{source.value}" if source.value in KNOWN_SOURCES else ""
        path = folder / f"{number:0{_NUMBER_DIGITS}}-{moment}-{digest}{suffix}.json"
        write_atomic(path, content, like=None, mode=CLOSED_FILE)
        for older in _superfluous([*(one.path for one in kept), path], rank):
            older.unlink(missing_ok=True)
    return path


def prune_versions(
    layout: StateLayout, container_name: str, keep: int, rank: Callable[[bytes], int]
) -> tuple[int, ...]:
    """Delete the oldest versions beyond ``keep``, at least 1, by the same rule; gives numbers."""
    folder = layout.history_dir(container_name)
    with said(folder):
        kept = versions(layout, container_name)
        gone = set(_superfluous([version.path for version in kept], rank, keep))
        for path in gone:
            path.unlink(missing_ok=True)
    return tuple(version.number for version in kept if version.path in gone)


def _superfluous(
    kept: Sequence[Path], rank: Callable[[bytes], int], most: int = KEPT_VERSIONS
) -> list[Path]:
    """Those beyond the number kept: first what is there again under a higher number."""
    beyond = len(kept) - most
    if beyond <= 0:
        return []
    contents = {path: path.read_bytes() for path in kept}
    last = {content: path for path, content in contents.items()}
    repeated = [path for path in kept if last[contents[path]] != path][:beyond]
    others = [path for path in kept if path not in repeated]
    return [*repeated, *_too_many(others, {path: rank(contents[path]) for path in others}, most)]


def keep_large(layout: StateLayout, container_name: str, copy: Path) -> Path:
    """Move a copy into the history that is larger than any that is read; gives its place.

    There it is no version of its own, and only the last one is kept: it may be a container's flood.
    """
    folder = layout.history_dir(container_name)
    make_dir(layout, folder)
    with said(copy):
        return copy.replace(folder / _TOO_LARGE)


def _too_many(kept: Sequence[Path], ranks: Mapping[Path, int], most: int) -> list[Path]:
    """The oldest beyond the number kept, but never the last one of those that hold the most."""
    surplus, best = kept[:-most], max(ranks.values())
    last = next(path for path in reversed(kept) if ranks[path] == best)
    return [path for path in surplus if path != last]


def move_versions(layout: StateLayout, old_name: str, new_name: str) -> None:
    """Give the versions of an instance to another one; each keeps its number where that is free."""
    with said(layout.pool_sources(old_name)):
        move_notes(layout.pool_sources(old_name), layout.pool_sources(new_name))
    bring_versions(layout, layout.history_dir(old_name), new_name)


def bring_versions(layout: StateLayout, source: Path, new_name: str) -> None:
    """Move the versions in a folder to an instance; each keeps its number where that is free."""
    target = layout.history_dir(new_name)
    with said(source):
        moving = versions_in(source)
        has_large = (source / _TOO_LARGE).exists() and not os.path.lexists(target / _TOO_LARGE)
        if not moving and not has_large:
            return
        make_dir(layout, target)
        _move(moving, target, {version.number for version in versions(layout, new_name)})
        if has_large:
            (source / _TOO_LARGE).rename(target / _TOO_LARGE)
        with suppress(OSError):  # what somebody else has put there stays
            source.rmdir()


def _move(moving: Sequence[Version], target: Path, taken: set[int]) -> None:
    for version in moving:
        number = version.number
        if number in taken:
            number = max(taken | {one.number for one in moving}) + 1
        taken.add(number)
        rest = version.path.name.partition("-")[2]
        version.path.rename(target / f"{number:0{_NUMBER_DIGITS}}-{rest}")
