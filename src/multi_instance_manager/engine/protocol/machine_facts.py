"""The machine that an engine runs on, an image and its make, as the engine tells them. Pure."""

from __future__ import annotations

import msgspec


class EngineMachine(msgspec.Struct, frozen=True):
    """An engine and its machine.

    ``system_time`` is its clock in seconds since the epoch, None where it does not tell it.
    ``security`` has names alone: ``selinux``, ``userns``, ``rootless``, ``apparmor``…
    """

    name: str
    engine_version: str
    operating_system: str
    kernel: str
    architecture: str
    cgroup_version: str
    storage_driver: str
    root_dir: str
    cpus: int
    memory_bytes: int
    system_time: float | None = None
    security: tuple[str, ...] = ()
    can_limit_memory: bool = True

    def sentence(self) -> str:
        """What it is, in a line."""
        return (
            f"{self.operating_system}, kernel {self.kernel}, {self.architecture}, "
            f"{self.cpus} CPUs, cgroup v{self.cgroup_version}, {self.storage_driver}"
        )


class ImageMake(msgspec.Struct, frozen=True):
    """What an image says of itself: its ports (``2048/tcp``), its user, when it was made."""

    exposed_ports: tuple[str, ...] = ()
    user: str = ""
    created: str = ""
