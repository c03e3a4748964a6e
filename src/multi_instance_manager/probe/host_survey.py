"""Gathers the facts of this host for the checks: the contract's files, memory, disk."""

from __future__ import annotations

import io
import os
import stat
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.application.environment_file import variables_of
from multi_instance_manager.files.owned_files import LARGEST_TEXT, read_owned
from multi_instance_manager.files.owned_paths import stranger_in_words, stranger_on
from multi_instance_manager.files.untrusted_files import read_untrusted
from multi_instance_manager.host.memory import host_memory
from multi_instance_manager.plan import mounts
from multi_instance_manager.probe.host_facts import HostFacts
from multi_instance_manager.probe.mounted_files import mounted_files
from multi_instance_manager.state.left_by_root import closed_by_root
from multi_instance_manager.text.digest import digest_of
from multi_instance_manager.text.secret import Secret

if TYPE_CHECKING:
    from multi_instance_manager.application.definition import ContainerPaths
    from multi_instance_manager.settings.model import Settings

_DEEPEST, _MOST_FOLDERS = 16, 10_000
_LARGEST_KEY_FILE = 64 * 1024
_NO_DIRECTORY = "is not a directory"
_NO_FILE = "is a directory"


def gather_host_facts(settings: Settings) -> HostFacts:
    """Gather all facts once; changes nothing."""
    project, paths = settings.application.project, settings.application.paths
    tree = settings.project_root / project.tree if project.tree else None
    env_file, env_fault = _env_file(settings.docker_env_file)
    key_file = host_key_file(settings)
    keys, key_fault = host_keys(key_file) if key_file else ((), None)
    shared = tree if tree is not None and tree.is_dir() else None
    place = _state_folder(settings.state_dir)
    return HostFacts(
        host=mounts.Host(
            tree=os.path.realpath(shared) if shared else None,
            pool_dir=os.path.realpath(settings.profile_dir),
            host_keys=keys,
            env_digest=None if env_file is None else digest_of(env_file),
            env_variables=_variables_of(env_file),
        ),
        root_fault=root_fault_of(settings),
        tree_fault=key_fault or (_mount_point_fault(shared, paths) if shared else None),
        tree_is_closed=shared is not None and not shared.stat().st_mode & stat.S_IXOTH,
        linked_mount_points=tuple(
            name for name in paths.folders if shared and (shared / name).is_symlink()
        ),
        visible_profiles=_visible_profiles(shared, settings.profile_dir, paths) if shared else (),
        env_file_fault=env_fault,
        state_fault=place.fault,
        state_is_shared=tree is not None and _is_inside(settings.state_dir, tree),
        free_disk_bytes=place.free_bytes,
        has_no_room_for_files=place.no_inodes,
        pool_is_writable=os.access(settings.profile_dir, os.W_OK | os.X_OK),
        available_memory_bytes=host_memory().available,
        mounted=mounted_files(settings),
    )


def missing_mount_points(tree: str, paths: ContainerPaths) -> tuple[str, ...]:
    """Return the folders that the engine would otherwise create in the shared tree, as root."""
    return tuple(
        name
        for name in paths.folders
        if not os.path.lexists(os.path.join(tree, name))  # noqa: PTH118  # joined text stays text
    )


def _visible_profiles(tree: Path, pool: Path, paths: ContainerPaths) -> tuple[str, ...]:
    """Return JSON files of the shared tree that no mask covers: every instance can read them.

    A container may have filled the tree, so depth and number are limited.
    """
    found: list[str] = []
    for folder, folders, files in islice(os.walk(tree), _MOST_FOLDERS):
        if folder == str(tree):
            folders[:] = [name for name in folders if name not in paths.folders]
        if len(Path(folder).relative_to(tree).parts) >= _DEEPEST:
            folders.clear()
        folders[:] = [
            name
            for name in folders
            if os.path.realpath(Path(folder, name)) != os.path.realpath(pool)
        ]
        found += [os.path.relpath(Path(folder, f), tree) for f in files if f.endswith(".json")]
    return tuple(sorted(found))


def _is_inside(path: Path, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def root_fault_of(settings: Settings) -> str | None:
    """Return why the project root cannot be the application's repository, or None."""
    root = settings.project_root
    if not root.exists():
        return "does not exist"
    if not root.is_dir():
        return "is not a directory"
    mark = settings.application.project.mark
    if not settings.root_was_named and not (root / mark).is_dir():
        return f"is not known: there is no {mark}/ here or in any folder above"
    return None


def _env_file(path: Path | None) -> tuple[bytes | None, str | None]:
    """Return the content of the environment file, and why it cannot be mounted."""
    if path is None:
        return None, None
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None, "is not a file"
        return read_owned(path, at_most=LARGEST_TEXT), None
    except (FileNotFoundError, NotADirectoryError):
        return None, "does not exist"
    except OSError as problem:
        return None, f"cannot be read ({problem.strerror})"


def _variables_of(env_file: bytes | None) -> dict[str, Secret]:
    """Return the variables that the application reads from its environment file."""
    text = io.TextIOWrapper(io.BytesIO(env_file or b""), encoding="utf-8", errors="replace").read()
    return {name: Secret(value) for name, value in variables_of(text).items()}


def host_key_file(settings: Settings) -> Path | None:
    """Where the application's own keys lie on this host; None where it reads no file of keys."""
    tree, name = settings.application.project.tree, settings.application.paths.key_file
    return settings.project_root / tree / name if tree and name else None


def host_keys(path: Path) -> tuple[tuple[Secret, ...], str | None]:
    """The keys of the host's own key file, as the application reads them, or why it has none.

    A link is not followed: anyone who may write to the shared tree could point it at any file of
    this host, and every instance would get that content as its key.
    """
    try:
        mode = path.lstat().st_mode
        content = read_untrusted(path, at_most=_LARGEST_KEY_FILE)
    except (FileNotFoundError, NotADirectoryError):
        return (), None
    except OSError as problem:
        return (), f"{path.name} in it cannot be read ({problem.strerror})"
    if content is None:
        return (), f"{path.name} in it {_key_file_fault(mode)}"
    lines = content.decode(errors="replace").splitlines()
    return tuple(Secret(line.strip()) for line in lines if line.strip()), None


def _key_file_fault(mode: int) -> str:
    """Return why keys are not read from the key file, or None."""
    if stat.S_ISLNK(mode):
        return "is a link, which is not followed; put the file itself there"
    if stat.S_ISREG(mode):
        return f"is larger than {_LARGEST_KEY_FILE // 1024} kB, which no file of keys is"
    kind = _NO_FILE if stat.S_ISDIR(mode) else "is not a regular file"
    return f"{kind}, where the application expects its keys"


def _mount_point_fault(tree: Path, paths: ContainerPaths) -> str | None:
    """Return why missing mount points in the shared tree could not be created, or None."""
    missing = [*missing_mount_points(str(tree), paths)]
    if paths.key_file and not (tree / paths.key_file).exists():
        missing.append(paths.key_file)
    if missing and not os.access(tree, os.W_OK | os.X_OK):
        return f"lacks {', '.join(missing)}, and this user cannot create them"
    return None


class _Place(msgspec.Struct, frozen=True):
    """A place for the state folder: why it cannot be used, or its free space."""

    fault: str | None = None
    free_bytes: int | None = None
    no_inodes: bool = False


def _state_folder(path: Path) -> _Place:
    """Inspect the folder, or the nearest existing one above it."""
    existing = path
    while not os.path.lexists(existing) and existing != existing.parent:
        existing = existing.parent
    where = "" if existing == path else f": {existing}"
    if not existing.is_dir():
        fact = "is a link to a folder that does not exist"
        return _Place(f"cannot be used{where} {fact if existing.is_symlink() else _NO_DIRECTORY}")
    try:
        stranger = stranger_on(path)
    except OSError as problem:
        return _Place(f"cannot be examined ({problem.strerror})")
    if stranger is not None:
        return _Place(stranger_in_words(*stranger))
    closed = closed_by_root(path) if existing == path else None
    return _Place(closed) if closed else _room_in(existing, where)


def _room_in(folder: Path, where: str) -> _Place:
    try:
        disk = os.statvfs(folder)
    except OSError as problem:
        return _Place(f"cannot be examined ({problem.strerror})")
    if disk.f_flag & os.ST_RDONLY:
        return _Place("lies on a read-only file system")
    if not os.access(folder, os.W_OK | os.X_OK):
        return _Place(f"cannot be written by this user{where}")
    return _Place(None, disk.f_bavail * disk.f_frsize, bool(disk.f_files) and not disk.f_favail)
