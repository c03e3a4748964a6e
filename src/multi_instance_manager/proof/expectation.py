"""The expectations of a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.application.definition import Application, ContainerPaths
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.text.secret import Secret


class Expectation(msgspec.Struct, frozen=True):
    """The expectations of one instance.

    ``own_folders`` hold only its own profile: the first of them ``copy``, the others that or
    ``saved_copy``. ``empty_folders`` hold nothing. ``requires_stream``: the stream port must
    answer. ``private_dirs`` are folders of this machine that no mount may show, except its own
    mounts.
    """

    spec: InstanceSpec
    copy: Path
    key: Secret
    own_folders: tuple[str, ...]
    application: Application
    requires_stream: bool = False
    saved_copy: Path | None = None
    empty_folders: tuple[str, ...] = ()
    private_dirs: tuple[str, ...] = ()


def own_folders(paths: ContainerPaths, *, pool_visible: bool) -> tuple[str, ...]:
    """Return the container's folders with one profile and nothing else, the active one first."""
    return (paths.active_dir,) if pool_visible else (paths.active_dir, paths.saved_dir)


def empty_folders(paths: ContainerPaths, *, pool_visible: bool) -> tuple[str, ...]:
    """Return the container's folders that must be empty."""
    return () if pool_visible or paths.emergency_dir is None else (paths.emergency_dir,)
