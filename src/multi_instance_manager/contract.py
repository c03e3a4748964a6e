"""The container's side: paths, ports and variables that the application looks at. Pure.

Read from the application's own source. In headless mode it takes the first ``active/*.json`` by
name whatever ``ACTIVE_AUTH_JSON_PATH`` says, so each instance gets a private folder there with its
own file alone. It writes refreshed cookies back into that file, and reads API keys from
``auth_profiles/key.txt`` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.settings.model import Isolation

if TYPE_CHECKING:
    from multi_instance_manager.secret import Secret
    from multi_instance_manager.settings import Settings
    from multi_instance_manager.state_layout import MountSources

API_PORT = 2048
STREAM_PORT = 3120
TREE = "/app/auth_profiles"
ACTIVE = f"{TREE}/active"
SAVED = f"{TREE}/saved"
EMERGENCY = f"{TREE}/emergency"
KEY_FILE = f"{TREE}/key.txt"
ENV_FILE = "/app/.env"
MOUNT_POINTS = ("active", "saved", "emergency")


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

    ``tree`` is the shared ``auth_profiles`` folder, or None where there is none. ``host_keys`` are
    the keys of its own ``key.txt``. ``env_digest`` is that of the environment file to mount.
    """

    tree: str | None
    pool_dir: str
    host_keys: tuple[Secret, ...] = ()
    env_digest: str | None = None

    @property
    def pool_is_tree(self) -> bool:
        """Whether the profiles lie at the very top of the shared tree, where nothing can mask."""
        return self.tree is not None and self.pool_dir == self.tree

    @property
    def pool_elsewhere_in_tree(self) -> str | None:
        """Where in the shared tree the pool lies, if it is none of the folders masked anyway."""
        below = _below(self.tree, self.pool_dir) if self.tree else None
        return below if below and below.split("/")[0] not in MOUNT_POINTS else None

    @property
    def pool_is_in_tree(self) -> bool:
        """Whether the shared tree shows the pool at the place where the application looks."""
        return self.tree is not None and self.pool_dir == f"{self.tree}/saved"


def _below(folder: str, path: str) -> str | None:
    """The path from the folder down; empty for the folder itself, None for one outside."""
    if path == folder:
        return ""
    return path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else None


def host_key_rules(settings: Settings, host: Host) -> bool:
    """Whether the host's own ``key.txt`` stays in force: it has keys and none was asked for."""
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
    """

    variables: tuple[Variable, ...]
    before: tuple[Mount, ...]
    pool: tuple[Mount, ...]
    after: tuple[Mount, ...]
    own_saved: bool
    mask_target: str | None
    own_key: bool


def common_of(settings: Settings, host: Host) -> Common:
    """The common part for these settings."""
    hidden = not sees_pool(settings)
    elsewhere = host.pool_elsewhere_in_tree
    seen_elsewhere = not hidden and not host.pool_is_in_tree
    env_file = settings.docker_env_file
    rotation = "true" if settings.rotation else "false"
    return Common(
        variables=(
            Variable("AUTO_AUTH_ROTATION_ON_STARTUP", rotation),
            Variable("AUTO_ROTATE_AUTH_PROFILE", rotation),
            Variable("SERVER_LOG_LEVEL", settings.log_level),
            Variable("API_KEY", effective_key(settings, host).reveal(), secret=True),
        ),
        before=(Mount(host.tree, TREE, read_only=not settings.rotation),) if host.tree else (),
        pool=(Mount(host.pool_dir, SAVED, not settings.rotation),) if seen_elsewhere else (),
        after=(Mount(str(env_file), ENV_FILE, read_only=True),) if env_file else (),
        own_saved=hidden,
        mask_target=f"{TREE}/{elsewhere}" if hidden and elsewhere else None,
        own_key=not host_key_rules(settings, host),
    )


def variables(common: Common, profile_name: str) -> tuple[Variable, ...]:
    """The environment of one instance."""
    return (Variable("ACTIVE_AUTH_JSON_PATH", f"{SAVED}/{profile_name}.json"), *common.variables)


def mounts(common: Common, own: MountSources) -> tuple[Mount, ...]:
    """What one instance sees of the host, outer mounts first.

    It writes to ``active/`` alone, and to the pool where it may change to another profile.
    Folders are mounted over folders: a file mounted into the shared tree would leave an empty stub
    on the host, which the next instance would take for its profile. ``key.txt`` is the exception;
    its mount point on the host is an empty ``key.txt``, which the application leaves there itself.
    """
    found = [*common.before, Mount(own.active, ACTIVE), *common.pool]
    if common.own_saved:
        found += (
            Mount(own.saved, SAVED, read_only=True),
            Mount(own.emergency, EMERGENCY, read_only=True),
        )
    if common.mask_target:
        found.append(Mount(own.mask, common.mask_target, read_only=True))
    if common.own_key:
        found.append(Mount(own.key_file, KEY_FILE, read_only=True))
    return (*found, *common.after)
