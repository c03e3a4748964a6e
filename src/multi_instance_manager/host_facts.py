"""Gathers what the checks need to know of this host: the contract's files, memory, disk."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multi_instance_manager import contract
from multi_instance_manager.profiles import digest_of
from multi_instance_manager.secret import Secret
from multi_instance_manager.settings.project_root import POOL_TREE

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.settings import Settings

KEY_FILE = "key.txt"


@dataclass(frozen=True, slots=True)
class HostFacts:
    """The host, as the checks see it.

    ``*_fault`` is why a path cannot be used, in words, or None. Sizes in bytes; None: unknown.
    """

    host: contract.Host
    root_fault: str | None = None
    tree_fault: str | None = None
    tree_is_closed: bool = False
    env_file_fault: str | None = None
    state_fault: str | None = None
    free_disk_bytes: int | None = None
    available_memory_bytes: int | None = None


def gather_host_facts(settings: Settings) -> HostFacts:
    """Look at everything once; changes nothing."""
    import psutil

    tree = settings.project_root / POOL_TREE
    env_digest, env_fault = _env_file(settings.docker_env_file)
    keys, key_fault = _host_keys(tree / KEY_FILE)
    has_tree = tree.is_dir()
    state_fault, free = _state_folder(settings.state_dir)
    return HostFacts(
        host=contract.Host(
            tree=str(tree.resolve()) if has_tree else None,
            pool_dir=str(settings.profile_dir.resolve()),
            host_keys=keys,
            env_digest=env_digest,
        ),
        root_fault=_folder_fault(settings.project_root),
        tree_fault=key_fault or (_mount_point_fault(tree) if has_tree else None),
        tree_is_closed=has_tree and not tree.stat().st_mode & stat.S_IXOTH,
        env_file_fault=env_fault,
        state_fault=state_fault,
        free_disk_bytes=free,
        available_memory_bytes=psutil.virtual_memory().available,
    )


def missing_mount_points(tree: str) -> tuple[str, ...]:
    """The folders that the engine would otherwise create in the shared tree, as root."""
    return tuple(
        name
        for name in contract.MOUNT_POINTS
        if not os.path.lexists(os.path.join(tree, name))  # noqa: PTH118  # joined text stays text
    )


def _folder_fault(path: Path) -> str | None:
    if not path.exists():
        return "does not exist"
    return None if path.is_dir() else "is not a directory"


def _env_file(path: Path | None) -> tuple[str | None, str | None]:
    """The digest of the environment file, and why it cannot be mounted."""
    if path is None:
        return None, None
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None, "is not a file"
        return digest_of(path.read_bytes()), None
    except (FileNotFoundError, NotADirectoryError):
        return None, "does not exist"
    except OSError as problem:
        return None, f"cannot be read ({problem.strerror})"


def _host_keys(path: Path) -> tuple[tuple[Secret, ...], str | None]:
    """The keys of the host's own key file, as the application reads them."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return (), None
    except IsADirectoryError:
        return (), f"{path.name} in it is a directory, where the application expects its keys"
    except OSError as problem:
        return (), f"{path.name} in it cannot be read ({problem.strerror})"
    return tuple(Secret(line.strip()) for line in lines if line.strip()), None


def _mount_point_fault(tree: Path) -> str | None:
    """Why the mount points that are missing in the shared tree could not be made."""
    missing = [*missing_mount_points(str(tree))]
    if not (tree / KEY_FILE).exists():
        missing.append(KEY_FILE)
    if missing and not os.access(tree, os.W_OK | os.X_OK):
        return f"lacks {', '.join(missing)}, and this user cannot create them"
    return None


def _state_folder(path: Path) -> tuple[str | None, int | None]:
    """Why the state folder could not be used, and the free bytes where it lies."""
    existing = path
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        return f"cannot be made: {existing} is not a directory", None
    if not os.access(existing, os.W_OK | os.X_OK):
        where = "" if existing == path else f": {existing} is closed to this user"
        return f"cannot be written{where}", None
    try:
        disk = os.statvfs(existing)
    except OSError as problem:
        return f"cannot be examined ({problem.strerror})", None
    if disk.f_flag & os.ST_RDONLY:
        return "lies on a read-only file system", None
    return None, disk.f_bavail * disk.f_frsize
