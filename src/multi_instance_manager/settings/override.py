"""Per-profile overrides of the settings. Pure."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.settings import values
from multi_instance_manager.settings.option import Option
from multi_instance_manager.settings.options import OPTIONS

if TYPE_CHECKING:
    from multi_instance_manager.settings.key_source import KeySource
    from multi_instance_manager.settings.model import ImageChoice, Limits
    from multi_instance_manager.text.secret import Secret

_AS_FOR_ALL = (
    "image",
    "api_key",
    "api_key_file",
    "memory_limit",
    "cpus",
    "shm_size",
    "log_level",
    "docker_args",
)
PROFILE_OPTIONS: tuple[Option, ...] = (
    *(option for option in OPTIONS if option.name in _AS_FOR_ALL),
    Option(
        "api_port",
        "--api-port",
        "Host port of its API, instead of the leased one.",
        metavar="PORT",
        reader=values.port,
        shown_default="leased",
    ),
    Option(
        "stream_port",
        "--stream-port",
        "Host port of its stream, instead of the leased one.",
        metavar="PORT",
        reader=values.port,
        shown_default="leased",
    ),
    Option(
        "enabled",
        "--enabled",
        "Whether the profile is launched. A disabled one is stopped and removed; it keeps its "
        "ports.",
        default="true",
        reader=values.boolean,
    ),
)
ENVIRONMENT = "environment"
ENVIRONMENT_HELP = "More environment variables for its container."


class Pin(msgspec.Struct, frozen=True):
    """Host ports chosen for a profile; None: the leased one."""

    api: int | None = None
    stream: int | None = None


class Override(msgspec.Struct, frozen=True):
    """The settings of one profile that differ from the shared ones; None: the shared one.

    ``environment`` and ``docker_args`` are added to the shared ones.
    """

    image: ImageChoice | None = None
    api_key: Secret | None = None
    key_source: KeySource | None = None
    memory_bytes: int | None = None
    nano_cpus: int | None = None
    shm_bytes: int | None = None
    log_level: str | None = None
    environment: tuple[tuple[str, Secret], ...] = ()
    docker_args: tuple[str, ...] = ()
    pin: Pin = Pin()
    enabled: bool = True

    def limits(self, shared: Limits) -> Limits:
        """Return the limits of its container."""
        own = {
            "memory_bytes": self.memory_bytes,
            "nano_cpus": self.nano_cpus,
            "shm_bytes": self.shm_bytes,
        }
        return replace(shared, **{name: value for name, value in own.items() if value is not None})

    def further_args(self) -> tuple[str, ...]:
        """Return its own `docker run` options, including its variables."""
        variables = (f"--env {quote(f'{n}={value.reveal()}')}" for n, value in self.environment)
        return (*variables, *self.docker_args)
