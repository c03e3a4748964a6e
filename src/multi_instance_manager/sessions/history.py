"""Earlier versions of a session: numbered, private, the last few of each instance."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.files.private_files import CLOSED_FILE, said, write_atomic
from multi_instance_manager.state.folder import make_dir
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from multi_instance_manager.state.layout import StateLayout

KEPT_VERSIONS = 10
_NUMBER_DIGITS = 6
_NUMBERED = "[0-9]" * _NUMBER_DIGITS + "-*.json"  # not what somebody put there by hand
_DIGEST_DIGITS = 12
_TOO_LARGE = "too-large.json"
_MOMENT = "%Y%m%dT%H%M%SZ"


class Version(msgspec.Struct, frozen=True):
    """One earlier version: its number, when it was kept, the beginning of its digest."""

    number: int
    kept_at: datetime
    digest: str
    size: int
    path: Path


def versions(layout: StateLayout, container_name: str) -> tuple[Version, ...]:
    """The versions kept of an instance, oldest first."""
    folder = layout.history_dir(container_name)
    with said(folder):
        return tuple(_version(path) for path in sorted(folder.glob(_NUMBERED)))


def _version(path: Path) -> Version:
    number, moment, digest = path.stem.split("-", 2)
    kept_at = datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC)
    return Version(int(number), kept_at, digest, path.stat().st_size, path)


def keep_version(
    layout: StateLayout,
    container_name: str,
    content: bytes,
    now: float,
    rank: Callable[[bytes], int],
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
        path = folder / f"{number:0{_NUMBER_DIGITS}}-{moment}-{digest}.json"
        write_atomic(path, content, like=None, mode=CLOSED_FILE)
        for older in _superfluous([*(one.path for one in kept), path], rank):
            older.unlink(missing_ok=True)
    return path


def _superfluous(kept: Sequence[Path], rank: Callable[[bytes], int]) -> list[Path]:
    """Those beyond the number kept: first what is there again under a higher number."""
    beyond = len(kept) - KEPT_VERSIONS
    if beyond <= 0:
        return []
    contents = {path: path.read_bytes() for path in kept}
    last = {content: path for path, content in contents.items()}
    repeated = [path for path in kept if last[contents[path]] != path][:beyond]
    others = [path for path in kept if path not in repeated]
    return [*repeated, *_too_many(others, {path: rank(contents[path]) for path in others})]


def keep_large(layout: StateLayout, container_name: str, copy: Path) -> Path:
    """Move a copy into the history that is larger than any that is read; gives its place.

    There it is no version of its own, and only the last one is kept: it may be a container's flood.
    """
    folder = layout.history_dir(container_name)
    make_dir(layout, folder)
    with said(copy):
        return copy.replace(folder / _TOO_LARGE)


def _too_many(kept: Sequence[Path], ranks: Mapping[Path, int]) -> list[Path]:
    """The oldest beyond the number kept, but never the last one of those that hold the most."""
    surplus, best = kept[:-KEPT_VERSIONS], max(ranks.values())
    last = next(path for path in reversed(kept) if ranks[path] == best)
    return [path for path in surplus if path != last]


def move_versions(layout: StateLayout, old_name: str, new_name: str) -> None:
    """Give the versions of an instance to another one; each keeps its number where that is free."""
    source, target = layout.history_dir(old_name), layout.history_dir(new_name)
    with said(source):
        moving = versions(layout, old_name)
        taken = {version.number for version in versions(layout, new_name)}
        if not moving:
            return
        make_dir(layout, target)
        for version in moving:
            number = version.number
            if number in taken:
                number = max(taken | {one.number for one in moving}) + 1
            taken.add(number)
            rest = version.path.name[_NUMBER_DIGITS:]
            version.path.rename(target / f"{number:0{_NUMBER_DIGITS}}{rest}")
        with suppress(OSError):  # what somebody else has put there stays
            source.rmdir()
