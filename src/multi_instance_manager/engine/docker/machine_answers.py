"""Reads what an engine tells of its machine and of its images. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multi_instance_manager.engine.docker.answers import moment_of
from multi_instance_manager.engine.protocol.machine_facts import EngineMachine, ImageMake

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def machine_of(info: Mapping[str, Any]) -> EngineMachine:
    """The machine, out of the engine's information; what an engine leaves out is unknown."""
    return EngineMachine(
        name=str(info.get("Name") or "unknown"),
        engine_version=str(info.get("ServerVersion") or "unknown"),
        operating_system=str(info.get("OperatingSystem") or "unknown system"),
        kernel=str(info.get("KernelVersion") or "unknown"),
        architecture=str(info.get("Architecture") or "unknown"),
        cgroup_version=str(info.get("CgroupVersion") or "1"),
        storage_driver=str(info.get("Driver") or "unknown"),
        root_dir=str(info.get("DockerRootDir") or ""),
        cpus=int(info.get("NCPU") or 0),
        memory_bytes=int(info.get("MemTotal") or 0),
        system_time=moment_of(str(info.get("SystemTime") or "")),
        security=security_of(info.get("SecurityOptions") or ()),
        can_limit_memory=bool(info.get("MemoryLimit", True)),
    )


def security_of(options: Iterable[object]) -> tuple[str, ...]:
    """The names out of entries such as ``name=seccomp,profile=default``, or plain names."""
    firsts = (str(option).split(",", 1)[0] for option in options)
    return tuple(first.removeprefix("name=") for first in firsts)


def image_make_of(details: Mapping[str, Any]) -> ImageMake:
    """The make of an image, out of its inspection."""
    config = details.get("Config") or {}
    return ImageMake(
        exposed_ports=tuple(sorted(config.get("ExposedPorts") or ())),
        user=str(config.get("User") or ""),
        created=str(details.get("Created") or ""),
    )


def bridged_of(rows: Iterable[Mapping[str, Any]]) -> int:
    """How many rows of the list are on the network that is called ``bridge``."""
    networks = ((row.get("NetworkSettings") or {}).get("Networks") or {} for row in rows)
    return sum(1 for names in networks if "bridge" in names)
