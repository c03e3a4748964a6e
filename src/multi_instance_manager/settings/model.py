"""The shape of the settings. Pure: paths are carried here, never opened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.ports import PortBases
    from multi_instance_manager.secret import Secret


class Isolation(StrEnum):
    """How much of the pool an instance can see."""

    PRIVATE = "private"
    SHARED = "shared"


class Output(StrEnum):
    """What the result is written as."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class ImageChoice:
    """The image asked for; ``fallback`` only where no image was named."""

    name: str
    fallback: str | None


@dataclass(frozen=True, slots=True)
class Limits:
    """What each container may use; None means no limit. Bytes, and billionths of a CPU."""

    memory_bytes: int | None = None
    nano_cpus: int | None = None
    shm_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, and how much at a time."""

    wait: bool = True
    wait_timeout_s: float = 120.0
    stop_timeout_s: float = 30.0
    lock_timeout_s: float = 10.0
    engine_timeout_s: float = 60.0
    parallel: int = 4
    starting: int = 4


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that one run was asked for."""

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
    patience: Patience
    root_was_named: bool = True
    host: str | None = None
    context: str | None = None
    auto_confirm: bool = False
    dry_run: bool = False
    show_secrets: bool = False
    recreate: bool = False
    retry: bool = False
    first_alone: bool = False
    all_at_once: bool = False
    remove_orphans: bool = False
    plan_file: Path | None = None
    output: Output = Output.TEXT
