"""What the manager needs of a container engine. Every call may raise `EngineError`.

``reference`` is a container's ID or name. Reading calls and changing calls are two protocols:
the preparation of a plan gets a `Reader` alone, so that a dry run cannot change anything.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from multi_instance_manager.engine.protocol.exec import Runner
from multi_instance_manager.fleet.containers import ContainerState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.application.process_table import Process
    from multi_instance_manager.engine.protocol.container_config import Built
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.text.secret import Secret


class EngineInfo(msgspec.Struct, frozen=True):
    """The engine at the endpoint, and the version of its API that is spoken with it.

    ``container_proxies`` are variables that the docker client would give to each container there.
    """

    endpoint: str
    api_version: str
    url: str = ""
    container_proxies: tuple[tuple[str, Secret], ...] = ()


class EngineHost(msgspec.Struct, frozen=True):
    """The machine that an engine runs on, as it tells; empty or zero where it does not.

    ``engine`` tells this engine from others there.
    """

    name: str = ""
    kernel: str = ""
    memory_bytes: int = 0
    system: str = ""
    engine: str = ""


class Image(msgspec.Struct, frozen=True):
    """An image that the engine has: the name asked for, and its content's ID.

    ``environment`` are the variables that it sets, ``user`` whom its containers run as (empty:
    root), ``working_dir`` the folder that they begin in. ``layers`` are the folders of its layers
    on the engine's machine, from the top down, where the engine tells them.
    """

    name: str
    image_id: str
    environment: tuple[tuple[str, Secret], ...] = ()
    user: str = ""
    working_dir: str = ""
    layers: tuple[str, ...] = ()


class ContainerStatus(msgspec.Struct, frozen=True):
    """How one container is doing now. ``exit_code`` is that of its last run.

    Moments are in seconds since the epoch, None for never; ``error`` is the engine's own word on
    why it could not be started; ``memory_limit_bytes`` and ``image_name`` are what it was created
    with; ``pid`` is that of its first process on the engine's host, 0 where there is none.
    ``restarts_by_itself``: the engine starts it again whenever its process ends; None: not known.
    ``log_path`` is the file on the engine's host that it logs to as JSON; empty: another driver.
    ``published`` are the host ports that lead to it, None where the engine does not tell, and
    ``networks`` the names of its networks. ``built`` is what it was built from.
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
    restarts_by_itself: bool | None = None
    log_path: str = ""
    published: tuple[int, ...] | None = None
    networks: tuple[str, ...] = ()
    built: Built | None = None

    @property
    def publishes_nothing(self) -> bool:
        """Whether it runs and no port of the host leads to it."""
        return self.state is ContainerState.RUNNING and self.published == ()


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


MOST_ENTRIES = 1000
"""Of one folder of a container; more are not listed."""


class EntryKind(StrEnum):
    """What may lie in a folder besides files."""

    FOLDER = "folder"
    LINK = "link"
    PIPE = "pipe"
    SOCKET = "socket"
    DEVICE = "device"


class FolderContent(msgspec.Struct, frozen=True):
    """What lies directly under a folder of a container: regular files, and the kind of all else.

    ``is_whole`` is False where there are more entries than are listed.
    """

    files: Mapping[str, bytes]
    others: Mapping[str, EntryKind] = msgspec.field(default_factory=dict)
    is_whole: bool = True


class Reader(Protocol):
    """The calls that change nothing."""

    def describe(self) -> EngineInfo:
        """Who answers at the endpoint."""

    def host(self) -> EngineHost:
        """The machine that the engine runs on."""

    def list_containers(self) -> tuple[ObservedContainer, ...]:
        """Every container of the engine, running or not, in one call."""

    def list_networks(self) -> Mapping[str, str]:
        """The names of the engine's networks by their IDs."""

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

    def dated_log(self, reference: str, *, lines: int) -> bytes:
        """The last lines of a container's output, each with its moment, as the engine sends them.

        Each is a header of eight bytes (none where the container has a terminal), the moment, a
        space and the text.
        """

    def processes(self, reference: str) -> tuple[Process, ...]:
        """A running container's processes, as the engine lists them."""

    def out_of_memory_moments(self, since: float) -> Mapping[str, float]:
        """When processes were last killed for want of memory, by container ID.

        In seconds since the epoch, as far back as the engine remembers.
        """

    def read_directory(self, reference: str, path: str) -> FolderContent:
        """What lies directly under a folder of the container.

        Read from outside, mounts included: as the container's process sees it where this machine
        shows that, else by the engine itself, whose archives leave sockets out.
        """

    def holds(self, reference: str, path: str) -> bool:
        """Whether a container, running or not, has something at a path; mounts are not seen."""

    def read_live_file(self, reference: str, path: str) -> ContainerFile | None:
        """A file as a running container sees it, or None where it cannot be had.

        Read by the image's own ``cat``: the engine's archive call looks at the host's paths, which
        may be others by now.
        """


class Engine(Reader, Runner, Protocol):
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
