"""What the manager needs of a container engine. Every call may raise `EngineError`.

``reference`` is a container's ID or name. Reading calls and changing calls are two protocols:
the preparation of a plan gets a `Reader` alone, so that a dry run cannot change anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.observed import ContainerState, ObservedContainer
    from multi_instance_manager.secret import Secret


class EngineInfo(msgspec.Struct, frozen=True):
    """The engine at the endpoint, and the version of its API that is spoken with it.

    ``container_proxies`` are variables that the docker client would give to each container there.
    """

    endpoint: str
    api_version: str
    url: str = ""
    container_proxies: tuple[tuple[str, Secret], ...] = ()


class EngineHost(msgspec.Struct, frozen=True):
    """The machine that an engine runs on, as it tells; empty or zero where it does not."""

    name: str = ""
    kernel: str = ""
    memory_bytes: int = 0
    system: str = ""


class Image(msgspec.Struct, frozen=True):
    """An image that the engine has: the name asked for, its content's ID, the variables it sets."""

    name: str
    image_id: str
    environment: tuple[tuple[str, Secret], ...] = ()


class ContainerStatus(msgspec.Struct, frozen=True):
    """How one container is doing now. ``exit_code`` is that of its last run.

    Moments are in seconds since the epoch, None for never; ``error`` is the engine's own word on
    why it could not be started; ``memory_limit_bytes`` and ``image_name`` are what it was created
    with; ``pid`` is that of its first process on the engine's host, 0 where there is none.
    """

    state: ContainerState
    exit_code: int
    oom_killed: bool
    restart_count: int
    error: str = ""
    started_at: float | None = None
    finished_at: float | None = None
    memory_limit_bytes: int | None = None
    image_name: str = ""
    pid: int = 0


class Usage(msgspec.Struct, frozen=True):
    """One reading of what a container uses.

    ``cpu_ns`` and ``system_cpu_ns`` count from the container's and the machine's start, over
    ``cpus`` processors: a share needs two readings. ``memory_bytes`` is without the page cache;
    ``memory_limit_bytes`` is the machine's memory where the container has no limit of its own.
    """

    read_at: float
    cpu_ns: int
    system_cpu_ns: int
    cpus: int
    memory_bytes: int
    memory_limit_bytes: int | None
    received_bytes: int
    sent_bytes: int
    read_bytes: int
    written_bytes: int
    processes: int


class ContainerFile(msgspec.Struct, frozen=True):
    """A file as its container has it; ``modified_at`` in seconds since the epoch."""

    content: bytes
    modified_at: float


class Reader(Protocol):
    """The calls that change nothing."""

    def describe(self) -> EngineInfo:
        """Who answers at the endpoint."""

    def host(self) -> EngineHost:
        """The machine that the engine runs on."""

    def list_containers(self) -> tuple[ObservedContainer, ...]:
        """Every container of the engine, running or not, in one call."""

    def find_image(self, name: str) -> Image | None:
        """The local image of that name, or None. Never pulls."""

    def environment_names(self, reference: str) -> frozenset[str]:
        """The names (never the values) of a container's environment variables."""

    def status(self, reference: str) -> ContainerStatus:
        """How a container is doing now."""

    def usage(self, reference: str) -> Usage:
        """What a container uses at this moment; all zero for one that does not run."""

    def logs(self, reference: str, *, lines: int) -> tuple[str, ...]:
        """The last lines of a container's output, oldest first."""

    def read_directory(self, reference: str, path: str) -> Mapping[str, bytes]:
        """The regular files directly under a folder of the container, by name.

        Read from outside, mounts included: as the container's process sees it where this machine
        shows that, else by the engine itself. Directories are not part of it.
        """

    def read_live_file(self, reference: str, path: str) -> ContainerFile | None:
        """A file as a running container sees it, or None where it cannot be had.

        Read by the image's own ``cat``: the engine's archive call looks at the host's paths, which
        may be others by now.
        """


class Engine(Reader, Protocol):
    """The calls that change something, too."""

    def create(self, name: str, payload: Mapping[str, Any]) -> str:
        """Create a container and return its ID. Never pulls an image."""

    def start(self, reference: str) -> None:
        """Start a container; one that runs already is left as it is."""

    def stop(self, reference: str, *, timeout_s: float) -> None:
        """Ask a container to stop and kill it after the time-out; one that is stopped is fine."""

    def unpause(self, reference: str) -> None:
        """Let a paused container go on."""

    def rename(self, reference: str, name: str) -> None:
        """Give a container another name."""

    def remove(self, reference: str) -> None:
        """Remove a stopped container and its anonymous volumes; one that is gone is fine."""
