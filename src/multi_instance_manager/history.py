"""Earlier versions of a session: numbered, private, the last few of each instance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.private_files import CLOSED_FILE, make_dir, said, write_atomic
from multi_instance_manager.profiles import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from multi_instance_manager.state_layout import StateLayout

KEPT_VERSIONS = 10
_NUMBER_DIGITS = 6
_NUMBERED = "[0-9]" * _NUMBER_DIGITS + "-*.json"  # not what somebody put there by hand
_DIGEST_DIGITS = 12
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
    holds_login: Callable[[bytes], bool],
) -> Path:
    """Put a version into the history of an instance; gives its file.

    Versions are numbered: a clock that jumps does not make the newest the oldest. One that is kept
    again counts as new. The last that holds a login stays, however many without one come after it.
    ``now`` in seconds since the epoch.
    """
    folder = layout.history_dir(container_name)
    make_dir(layout, folder)
    with said(folder):
        versions = sorted(folder.glob(_NUMBERED))
        number = int(versions[-1].name[:_NUMBER_DIGITS]) + 1 if versions else 1
        moment = datetime.fromtimestamp(now, tz=UTC).strftime(_MOMENT)
        digest = digest_of(content)[:_DIGEST_DIGITS]
        path = folder / f"{number:0{_NUMBER_DIGITS}}-{moment}-{digest}.json"
        write_atomic(path, content, like=None, mode=CLOSED_FILE)
        same = [older for older in versions if older.name.endswith(f"-{digest}.json")]
        others = [older for older in versions if older not in same]
        for older in [*same, *_too_many([*others, path], holds_login)]:
            older.unlink(missing_ok=True)
    return path


def _too_many(kept: Sequence[Path], holds_login: Callable[[bytes], bool]) -> Sequence[Path]:
    """The oldest beyond the number kept, but never the last one that holds a login."""
    surplus, staying = kept[:-KEPT_VERSIONS], kept[-KEPT_VERSIONS:]
    if not surplus or any(holds_login(version.read_bytes()) for version in reversed(staying)):
        return surplus
    with_login = (v for v in reversed(surplus) if holds_login(v.read_bytes()))
    last = next(with_login, None)
    return [version for version in surplus if version != last]
