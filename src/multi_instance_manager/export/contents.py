"""What an instance needs inside, whatever it is mounted from. Pure.

For clusters: their nodes have neither the project nor the state folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.export.losses import Loss, LossCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from multi_instance_manager.export.private_files import Surroundings
    from multi_instance_manager.export.wanted import Wanted


class Contents(msgspec.Struct, frozen=True):
    """Paths in the container.

    ``login`` is its profile as the pool has it; ``active_login`` the copy that it writes to, in
    ``active``. ``empty`` are folders that must show nothing.
    """

    active: str
    active_login: str
    saved: str
    login: str
    empty: tuple[str, ...]
    key: str | None
    environment_file: str | None


def contents_of(around: Surroundings, one: Wanted) -> Contents:
    """Return the paths of one instance."""
    spec, paths = one.spec, around.settings.application.paths
    own = around.layout.mount_sources(spec.container_name)
    env_file = around.settings.docker_env_file
    empty = [m.target for m in spec.mounts if m.source in {own.emergency, own.mask}]
    has_env_file = env_file and any(m.source == str(env_file) for m in spec.mounts)
    file = f"{spec.profile_name}.json"
    return Contents(
        active=paths.active_dir,
        active_login=f"{paths.active_dir}/{file}",
        saved=paths.saved_dir,
        login=f"{paths.saved_dir}/{file}",
        empty=tuple(empty),
        key=paths.key_path if one.key else None,
        environment_file=paths.environment_file if has_env_file else None,
    )


def mount_losses(around: Surroundings, instances: Iterable[Wanted]) -> Iterator[Loss]:
    """Return what is lost of the mounts, as far as `Contents` has no counterpart."""
    env_file = around.settings.docker_env_file
    for one in instances:
        own = around.layout.mount_sources(one.spec.container_name)
        known = {own.active, own.saved, own.emergency, own.mask, own.key_file, str(env_file)}
        for mount in one.spec.mounts:
            if mount.source == around.host.tree:
                yield Loss(LossCode.SHARED_TREE, mount.source)
            elif mount.source not in known:
                yield Loss(LossCode.OTHER_PROFILES)
