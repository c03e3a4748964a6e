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
    from multi_instance_manager.state_layout import StateLayout

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


def variables(settings: Settings, host: Host, profile_name: str) -> tuple[Variable, ...]:
    """The environment of one instance."""
    rotation = "true" if settings.rotation else "false"
    return (
        Variable("ACTIVE_AUTH_JSON_PATH", f"{SAVED}/{profile_name}.json"),
        Variable("AUTO_AUTH_ROTATION_ON_STARTUP", rotation),
        Variable("AUTO_ROTATE_AUTH_PROFILE", rotation),
        Variable("SERVER_LOG_LEVEL", settings.log_level),
        Variable("API_KEY", effective_key(settings, host).reveal(), secret=True),
    )


def mounts(
    settings: Settings, host: Host, layout: StateLayout, container_name: str
) -> tuple[Mount, ...]:
    """What one instance sees of the host, outer mounts first.

    Folders are mounted over folders: a file mounted into the shared tree would leave an empty stub
    on the host, which the next instance would take for its profile. ``key.txt`` is the exception;
    its mount point on the host is an empty ``key.txt``, which the application leaves there itself.
    """
    own = layout.mount_sources(container_name)
    found = [Mount(host.tree, TREE)] if host.tree else []
    found.append(Mount(own.active, ACTIVE))
    if not sees_pool(settings):
        found.append(Mount(own.active, SAVED))
        found.append(Mount(own.emergency, EMERGENCY))
        if host.pool_elsewhere_in_tree:
            target = f"{TREE}/{host.pool_elsewhere_in_tree}"
            found.append(Mount(own.mask, target, read_only=True))
    elif not host.pool_is_in_tree:
        found.append(Mount(host.pool_dir, SAVED))
    if not host_key_rules(settings, host):
        found.append(Mount(own.key_file, KEY_FILE, read_only=True))
    if settings.docker_env_file:
        found.append(Mount(str(settings.docker_env_file), ENV_FILE, read_only=True))
    return tuple(found)
