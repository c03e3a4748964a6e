"""The shape of the settings. Pure: holds paths, opens none."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.fleet.leases import PortPair
from multi_instance_manager.settings.key_source import KeySource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.fleet.leases import PortBases
    from multi_instance_manager.settings.origin import Origin
    from multi_instance_manager.settings.override import Override, Pin
    from multi_instance_manager.text.secret import Secret


class Isolation(StrEnum):
    """How much of the pool an instance can see."""

    PRIVATE = "private"
    SHARED = "shared"


class Canary(StrEnum):
    """When one instance goes first, and the others once it is ready."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Output(StrEnum):
    """The format of the result."""

    TEXT = "text"
    JSON = "json"


class ImageChoice(msgspec.Struct, frozen=True):
    """The requested image; ``fallback`` only if no image was named."""

    name: str
    fallback: str | None


class Limits(msgspec.Struct, frozen=True):
    """The limits of each container; None means no limit. Bytes, and billionths of a CPU."""

    memory_bytes: int | None = None
    nano_cpus: int | None = None
    shm_bytes: int | None = None


class Timeouts(msgspec.Struct, frozen=True):
    """How long to wait, in seconds, and how much to do at once."""

    wait: bool = True
    wait_timeout_s: float = 120.0
    stop_timeout_s: float = 30.0
    lock_timeout_s: float = 10.0
    engine_timeout_s: float = 60.0
    parallel: int = 4
    starting: int = 4


class Settings(msgspec.Struct, frozen=True):
    """The settings of one run, and the facts of the application.

    ``overrides`` are by profile name; `of` applies them. ``origins`` hold the source of each
    option by its name, and of each override by ``profiles.<name>.<key>``;
    ``application_origins`` those of the facts of the application, by path.
    """

    project_root: Path
    profile_dir: Path
    docker_env_file: Path | None
    state_dir: Path
    image: ImageChoice
    container_prefix: str
    api_key: Secret
    api_key_asked_for: bool
    log_level: str
    bases: PortBases
    host_ip: str
    memory_per_instance_gb: float
    limits: Limits
    rotation: bool
    isolation: Isolation
    docker_args: tuple[str, ...]
    timeouts: Timeouts
    root_was_named: bool = True
    host: str | None = None
    context: str | None = None
    auto_confirm: bool = False
    dry_run: bool = False
    show_secrets: bool = False
    recreate: bool = False
    retry: bool = False
    canary: Canary = Canary.AUTO
    remove_orphans: bool = False
    require_stream: bool = False
    plan_file: Path | None = None
    output: Output = Output.TEXT
    config_path: Path | None = None
    key_source: KeySource = msgspec.field(default_factory=KeySource)
    application: Application = msgspec.field(default_factory=builtin_application)
    application_origins: Mapping[tuple[str, ...], Origin] = msgspec.field(default_factory=dict)
    overrides: Mapping[str, Override] = msgspec.field(default_factory=dict)
    origins: Mapping[str, Origin] = msgspec.field(default_factory=dict)

    def of(self, profile_name: str) -> Settings:
        """Return the settings of one profile's instance: its own values, else the shared ones."""
        own = self.overrides.get(profile_name)
        if own is None:
            return self
        return replace(
            self,
            image=own.image or self.image,
            api_key=own.api_key or self.api_key,
            api_key_asked_for=bool(own.api_key) or self.api_key_asked_for,
            key_source=own.key_source or self.key_source,
            log_level=own.log_level or self.log_level,
            limits=own.limits(self.limits),
            docker_args=(*self.docker_args, *own.further_args()),
        )

    def ports_of(self, profile_name: str, slot: int) -> PortPair:
        """Return the host ports of a profile: pinned ones, else those of its slot."""
        pair = self.bases.pair(slot)
        own = self.overrides.get(profile_name)
        if own is None:
            return pair
        has_stream = pair.stream is not None
        return PortPair(
            own.pin.api or pair.api, own.pin.stream or pair.stream if has_stream else None
        )

    @property
    def pinned_ports(self) -> dict[str, Pin]:
        """Return the profiles with pinned ports."""
        pins = {name: own.pin for name, own in self.overrides.items()}
        return {name: pin for name, pin in pins.items() if pin.api or pin.stream}

    @property
    def keys(self) -> tuple[Secret, ...]:
        """Return every key that an instance may have, for masking."""
        own = (override.api_key for override in self.overrides.values())
        return (self.api_key, *(key for key in own if key))

    @property
    def disabled(self) -> frozenset[str]:
        """Return the disabled profiles."""
        return frozenset(name for name, own in self.overrides.items() if not own.enabled)
