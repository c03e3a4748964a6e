"""What is kept of an instance that failed: its last log lines, and what it saved before."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from multi_instance_manager.errors import ManagerError, StateError
from multi_instance_manager.files.private_files import CLOSED_FILE, write_atomic
from multi_instance_manager.state.folder import make_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from multi_instance_manager.fleet.save_outcome import LastSave
    from multi_instance_manager.state.layout import StateLayout

_KEPT = 20
_MOMENTS = "[0-9]" * 8 + "T*Z.log"  # another instance's name may begin like this one's


@contextmanager
def telling_last_save(last_save: Callable[[], LastSave | None]) -> Iterator[None]:
    """A failure after a stop tells of the last save, too."""
    try:
        yield
    except ManagerError as failure:
        failure.last_save = last_save()
        raise


def keep_log(
    layout: StateLayout, container_name: str, lines: Sequence[str], now: float
) -> Path | None:
    """Write the lines to a file of their own; None where there are none, or no place for them."""
    if not lines:
        return None
    moment = datetime.fromtimestamp(now, tz=UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    path = layout.failures_dir / f"{container_name}-{moment}.log"
    try:
        make_dir(layout, path.parent)
        write_atomic(
            path,
            "".join(f"{line}\n" for line in lines).encode(errors="replace"),
            like=None,
            mode=CLOSED_FILE,
        )
    except StateError:
        return None
    for older in sorted(path.parent.glob(f"{container_name}-{_MOMENTS}"))[:-_KEPT]:
        with suppress(OSError):  # what a person put there may be a folder
            older.unlink(missing_ok=True)
    return path
