"""Checks through the kernel that a container mounts no foreign private folder.

A folder may have been replaced since the checks before the launch, and a volume may lead anywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.errors import EngineError
from multi_instance_manager.files.resolved_paths import Mounted, mounts_of, shown_in
from multi_instance_manager.proof.proof import Check, CheckResult

if TYPE_CHECKING:
    from multi_instance_manager.engine.protocol.engine import Reader
    from multi_instance_manager.proof.expectation import Expectation

_NAME = "mounts"


def nothing_private_mounted(
    engine: Reader, container_id: str, expected: Expectation
) -> Check | None:
    """Return the failed check; None if nothing is wrong, or if the kernel does not tell."""
    if not expected.private_dirs:
        return None
    own = frozenset(mount.target for mount in expected.spec.mounts)
    shown = shown_in(_mounts_in(engine, container_id), expected.private_dirs, own=own)
    if not shown:
        return None
    point, folder = shown[0]
    return Check(_NAME, CheckResult.FAILED, f"{point} shows {folder}")


def _mounts_in(
    engine: Reader, container_id: str, processes: Path = Path("/proc")
) -> tuple[Mounted, ...]:
    """Return the mounts of its main process; none if the process is not the container's here."""
    try:
        process = processes / str(engine.status(container_id).pid)
        if container_id.encode() not in (process / "cgroup").read_bytes():
            return ()
    except (EngineError, OSError):
        return ()
    return mounts_of(process / "mountinfo")
