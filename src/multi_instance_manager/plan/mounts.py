"""The container's side: what an instance is told and shown, by what is known of the application.

Pure. The application takes the first profile by name of its ``active`` folder, whatever its
variable says, so each instance gets a private folder there with its own file alone. It writes
refreshed cookies back into that file, and may read API keys from a file only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.settings.model import Isolation

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from multi_instance_manager.application.definition import (
        Application,
        ContainerPaths,
        VariableNames,
    )
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.state.layout import MountSources
    from multi_instance_manager.text.secret import Secret


class Mount(msgspec.Struct, frozen=True, gc=False):
    """A host path and where the container sees it."""

    source: str
    target: str
    read_only: bool = False


class Variable(msgspec.Struct, frozen=True, gc=False):
    """An environment variable; the value of a secret one is never shown."""

    name: str
    value: str
    secret: bool = False

    def __repr__(self) -> str:
        return f"{self.name}={'********' if self.secret else self.value}"


class Host(msgspec.Struct, frozen=True):
    """What the host has of the contract: facts gathered before.

    ``tree`` is the shared tree of the project, or None where there is none. ``host_keys`` are the
    keys of its own key file. ``env_digest`` is that of the environment file to mount, and
    ``env_variables`` are what the application reads out of it.
    """

    tree: str | None
    pool_dir: str
    host_keys: tuple[Secret, ...] = ()
    env_digest: str | None = None
    env_variables: Mapping[str, Secret] = msgspec.field(default_factory=dict)

    @property
    def pool_is_tree(self) -> bool:
        """Whether the profiles lie at the very top of the shared tree, where nothing can mask."""
        return self.tree is not None and self.pool_dir == self.tree

    def pool_elsewhere_in_tree(self, paths: ContainerPaths) -> str | None:
        """Where in the shared tree the pool lies, if it is none of the folders masked anyway."""
        below = _below(self.tree, self.pool_dir) if self.tree else None
        return below if below and below.split("/")[0] not in paths.folders else None

    def pool_is_in_tree(self, paths: ContainerPaths) -> bool:
        """Whether the shared tree shows the pool at the place where the application looks."""
        return self.tree is not None and self.pool_dir == f"{self.tree}/{paths.saved}"


def _below(folder: str, path: str) -> str | None:
    """The path from the folder down; empty for the folder itself, None for one outside."""
    if path == folder:
        return ""
    return path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else None


def host_key_rules(settings: Settings, host: Host) -> bool:
    """Whether the host's own key file stays in force: it has keys and none was asked for."""
    return bool(host.host_keys) and not settings.api_key_asked_for


def effective_key(settings: Settings, host: Host) -> Secret:
    """The key that an instance answers to."""
    return host.host_keys[0] if host_key_rules(settings, host) else settings.api_key


def sees_pool(settings: Settings) -> bool:
    """Whether the other profiles are meant to be visible inside an instance."""
    return settings.rotation or settings.isolation is Isolation.SHARED


class Common(msgspec.Struct, frozen=True):
    """What all instances with the same settings have in common, made once for all of them.

    ``before``, ``pool`` and ``after`` are the shared mounts around an instance's own. ``own_saved``
    says that the pool is hidden; ``mask_target`` is where it lies elsewhere in the shared tree.
    ``key_target`` is where the instance's own key file is mounted, if it has one.
    ``startup_variable`` names its profile; ``without_rotation`` are set while rotation is off.
    """

    paths: ContainerPaths
    startup_variable: str | None
    variables: tuple[Variable, ...]
    without_rotation: tuple[Variable, ...]
    before: tuple[Mount, ...]
    pool: tuple[Mount, ...]
    after: tuple[Mount, ...]
    own_saved: bool
    mask_target: str | None
    key_target: str | None


def common_of(settings: Settings, host: Host) -> Common:
    """The common part for these settings."""
    application, env_file = settings.application, settings.docker_env_file
    paths, names = application.paths, application.variables
    hidden = not sees_pool(settings)
    elsewhere = host.pool_elsewhere_in_tree(paths)
    reads_env_file = env_file is not None and paths.environment_file is not None
    return Common(
        paths=paths,
        startup_variable=names.startup_profile,
        variables=tuple(_shared_variables(settings, host, names)),
        without_rotation=() if settings.rotation else _without_rotation(application, host),
        before=(Mount(host.tree, paths.tree, read_only=True),) if host.tree else (),
        pool=() if hidden else tuple(_shown_pool(settings, host, paths)),
        after=(
            (Mount(str(env_file), str(paths.environment_file), read_only=True),)
            if reads_env_file
            else ()
        ),
        own_saved=hidden,
        mask_target=paths.below(elsewhere) if hidden and elsewhere else None,
        key_target=None if host_key_rules(settings, host) else paths.key_path,
    )


def _shown_pool(settings: Settings, host: Host, paths: ContainerPaths) -> Iterator[Mount]:
    """Where the other profiles can be seen; the session of one that it changes to is written back.

    Never the tree itself: the keys of all instances lie in it.
    """
    if settings.rotation or not host.pool_is_in_tree(paths):
        yield Mount(host.pool_dir, paths.saved_dir, read_only=not settings.rotation)
    if settings.rotation and host.tree and paths.emergency_dir:
        yield Mount(f"{host.tree}/{paths.emergency}", paths.emergency_dir)


def _shared_variables(settings: Settings, host: Host, names: VariableNames) -> Iterator[Variable]:
    """Those of all instances. It never chooses a profile by itself when it starts."""
    if names.rotate_at_start:
        yield Variable(names.rotate_at_start, "false")
    if names.rotate_while_running:
        yield Variable(names.rotate_while_running, "true" if settings.rotation else "false")
    if names.log_level:
        yield Variable(names.log_level, settings.log_level)
    if names.api_key:
        yield Variable(names.api_key, effective_key(settings, host).reveal(), secret=True)


def _without_rotation(application: Application, host: Host) -> tuple[Variable, ...]:
    """What keeps it serving while it may not rotate, unless its environment file says the same.

    The application never overrides a variable with that file, so that ours would rule.
    """
    wanted = application.variables.without_rotation.items()
    return tuple(Variable(name, value) for name, value in wanted if name not in host.env_variables)


def variables(
    common: Common, profile_name: str, set_by_person: Container[str] = ()
) -> tuple[Variable, ...]:
    """The environment of one instance; ``set_by_person`` are names of its extra arguments."""
    without_rotation = (v for v in common.without_rotation if v.name not in set_by_person)
    shared = (*common.variables, *without_rotation)
    if common.startup_variable is None:
        return shared
    profile = f"{common.paths.saved_dir}/{profile_name}.json"
    return (Variable(common.startup_variable, profile), *shared)


def mounts(common: Common, own: MountSources) -> tuple[Mount, ...]:
    """What one instance sees of the host, outer mounts first.

    It writes to ``active/`` alone, and to the pool where it may change to another profile.
    Folders are mounted over folders: a file mounted into the shared tree would leave an empty stub
    on the host, which the next instance would take for its profile. The key file is the exception;
    its mount point on the host is an empty file of that name, which the application leaves there
    itself.
    """
    paths = common.paths
    found = [*common.before, Mount(own.active, paths.active_dir), *common.pool]
    if common.own_saved:
        found.append(Mount(own.saved, paths.saved_dir, read_only=True))
        if paths.emergency_dir:
            found.append(Mount(own.emergency, paths.emergency_dir, read_only=True))
    if common.mask_target:
        found.append(Mount(own.mask, common.mask_target, read_only=True))
    if common.key_target:
        found.append(Mount(own.key_file, common.key_target, read_only=True))
    return (*found, *common.after)
