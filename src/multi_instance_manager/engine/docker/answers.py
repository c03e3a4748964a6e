"""The engine's answers, from its JSON to the types of the protocol. Pure.

A member that is missing or of another kind raises KeyError, TypeError or ValueError; the caller
says that the answer makes no sense.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from multi_instance_manager.application.process_table import Process
from multi_instance_manager.engine.protocol.container_config import built_of
from multi_instance_manager.engine.protocol.engine import ContainerStatus, EngineHost, Image, Usage
from multi_instance_manager.engine.protocol.watcher import EngineEvent
from multi_instance_manager.fleet.containers import ContainerState, ObservedContainer, PublishedPort
from multi_instance_manager.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from multi_instance_manager.engine.protocol.container_config import Built

_NEVER = "0001-01-01"
_NO_LIMIT = 2**60
_COMMAND = 2  # behind the numbers of a process and of its parent
_JSON_FILE = "json-file"
_RESTARTED_ALWAYS = {"always", "unless-stopped"}


def moment_of(text: str) -> float | None:
    """Seconds since the epoch of the engine's time; None for its way to say never."""
    if not text or text.startswith(_NEVER):
        return None
    # It writes nanoseconds and cuts trailing zeros; Python's parser takes three or six digits.
    whole, point, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    zone = rest[len(digits) :] if point else ""
    fraction = f".{digits[:6].ljust(6, '0')}" if digits else ""
    return datetime.fromisoformat(f"{whole}{fraction}{zone}").timestamp()


def status_of(details: Mapping[str, Any]) -> ContainerStatus:
    """How a container is doing, out of its inspection."""
    state = details["State"]
    host = details.get("HostConfig") or {}
    limit = int(host.get("Memory") or 0)
    policy = (host.get("RestartPolicy") or {}).get("Name")
    logs_as_json = (host.get("LogConfig") or {}).get("Type") == _JSON_FILE
    return ContainerStatus(
        state=ContainerState.of(str(state["Status"])),
        exit_code=int(state.get("ExitCode", 0)),
        oom_killed=bool(state.get("OOMKilled", False)),
        restart_count=int(details.get("RestartCount", 0)),
        error=str(state.get("Error") or ""),
        started_at=moment_of(str(state.get("StartedAt", ""))),
        finished_at=moment_of(str(state.get("FinishedAt", ""))),
        memory_limit_bytes=limit or None,
        image_name=str((details.get("Config") or {}).get("Image") or ""),
        pid=int(state.get("Pid") or 0),
        restarts_by_itself=None if policy is None else str(policy) in _RESTARTED_ALWAYS,
        log_path=str(details.get("LogPath") or "") if logs_as_json else "",
        published=_published_by(details),
        networks=tuple(str(name) for name in _networks_of(details)),
        built=_built_by(details),
    )


def _built_by(details: Mapping[str, Any]) -> Built | None:
    """What it was built from; None where the answer has nothing of that."""
    host, config = details.get("HostConfig"), details.get("Config") or {}
    if not host:
        return None
    binds = [mount for mount in _mounts(details) if mount.get("Type") == "bind"]
    return built_of(host, config.get("Env") or (), (str(m["Destination"]) for m in binds))


def processes_of(top: Mapping[str, Any]) -> tuple[Process, ...]:
    """The processes of a container, out of the engine's list; where words end is not told."""
    return tuple(
        Process(int(row[0]), int(row[1]), tuple(str(row[2]).split()))
        for row in top.get("Processes") or ()
        if len(row) > _COMMAND and str(row[_COMMAND]).strip()
    )


def image_of(name: str, details: Mapping[str, Any]) -> Image:
    """An image under the name asked for, out of its inspection."""
    config = details.get("Config") or {}
    entries = (str(e).partition("=") for e in config.get("Env") or ())
    variables = tuple((variable, Secret(value)) for variable, _, value in entries)
    user, folder = str(config.get("User") or ""), str(config.get("WorkingDir") or "")
    return Image(name, str(details["Id"]), variables, user, folder, _layers_of(details))


def _layers_of(details: Mapping[str, Any]) -> tuple[str, ...]:
    """The folders of an image's layers, as the overlay driver tells them: the top one apart."""
    driver = details.get("GraphDriver") or {}
    data = driver.get("Data") or {}
    if not str(driver.get("Name", "")).startswith("overlay") or "UpperDir" not in data:
        return ()
    lower = str(data.get("LowerDir") or "")
    return (str(data["UpperDir"]), *(folder for folder in lower.split(":") if folder))


def host_of(info: Mapping[str, Any]) -> EngineHost:
    """The machine that the engine runs on, out of its information."""
    return EngineHost(
        name=str(info.get("Name") or ""),
        kernel=str(info.get("KernelVersion") or ""),
        memory_bytes=int(info.get("MemTotal") or 0),
        system=str(info.get("OperatingSystem") or ""),
        # No ID: two engines of one machine may share theirs, and a Podman makes one up each time.
        engine=f"{info.get('Name') or ''} {info.get('DockerRootDir') or ''}".strip(),
    )


def usage_of(stats: Mapping[str, Any]) -> Usage:
    """What a container uses, out of one reading; memory without the page cache, as others show it.

    A container that does not run has no readings: all zero.
    """
    memory, cpu = stats.get("memory_stats") or {}, stats.get("cpu_stats") or {}
    details = memory.get("stats") or {}
    cache = int(details.get("total_inactive_file", details.get("inactive_file", 0)))
    used = int(memory.get("usage") or 0)
    limit = int(memory.get("limit") or 0)
    cpu_usage = cpu.get("cpu_usage") or {}
    networks = tuple((stats.get("networks") or {}).values())
    return Usage(
        read_at=moment_of(str(stats.get("read", ""))) or 0.0,
        cpu_ns=int(cpu_usage.get("total_usage") or 0),
        system_cpu_ns=int(cpu.get("system_cpu_usage") or 0),
        cpus=int(cpu.get("online_cpus") or len(cpu_usage.get("percpu_usage") or ()) or 1),
        memory_bytes=used - cache if cache < used else used,
        memory_limit_bytes=limit if 0 < limit < _NO_LIMIT else None,
        received_bytes=sum(int(n.get("rx_bytes", 0)) for n in networks),
        sent_bytes=sum(int(n.get("tx_bytes", 0)) for n in networks),
        read_bytes=_blocks(stats, "read"),
        written_bytes=_blocks(stats, "write"),
        processes=int((stats.get("pids_stats") or {}).get("current") or 0),
    )


def _blocks(stats: Mapping[str, Any], way: str) -> int:
    entries = (stats.get("blkio_stats") or {}).get("io_service_bytes_recursive") or ()
    return sum(int(e.get("value", 0)) for e in entries if str(e.get("op", "")).lower() == way)


def observed_of(row: Mapping[str, Any]) -> ObservedContainer:
    """One container, out of a row of the list."""
    names = [str(name).removeprefix("/") for name in row.get("Names") or ()]
    return ObservedContainer(
        container_id=str(row["Id"]),
        name=min(names, key=lambda name: name.count("/"), default=""),
        image_name=str(row.get("Image", "")),
        image_id=str(row.get("ImageID", "")),
        state=ContainerState.of(str(row.get("State", ""))),
        labels=dict(row.get("Labels") or {}),
        published=tuple(
            PublishedPort(
                str(port.get("IP", "")),
                int(port["PublicPort"]),
                port.get("Type", "tcp"),
                int(port.get("PrivatePort") or 0),
            )
            for port in row.get("Ports") or ()
            if port.get("PublicPort")
        ),
        mounts={str(mount["Destination"]): str(mount["Source"]) for mount in _mounts(row)},
        networks={
            str(name): str((endpoint or {}).get("NetworkID") or "")
            for name, endpoint in _networks_of(row).items()
        },
        read_only=frozenset(
            str(mount["Destination"]) for mount in _mounts(row) if mount.get("RW") is False
        ),
    )


def _mounts(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    mounts: list[Mapping[str, Any]] = row.get("Mounts") or []
    return [mount for mount in mounts if mount.get("Destination") and mount.get("Source")]


def _networks_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return (document.get("NetworkSettings") or {}).get("Networks") or {}


def networks_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The names of the engine's networks by their IDs."""
    return {str(row["Id"]): str(row["Name"]) for row in rows}


def _published_by(details: Mapping[str, Any]) -> tuple[int, ...] | None:
    """The host ports that lead to a container, out of its inspection; None where it is not told."""
    ports = (details.get("NetworkSettings") or {}).get("Ports")
    if not isinstance(ports, dict):
        return None
    bindings = [binding for some in ports.values() for binding in some or ()]
    return tuple(int(binding["HostPort"]) for binding in bindings if binding.get("HostPort"))


def event_of(document: Mapping[str, Any]) -> EngineEvent:
    """Something that happened to a container, out of the engine's stream of events."""
    actor = document.get("Actor") or {}
    whole_s, exact = document.get("time"), document.get("timeNano")
    return EngineEvent(
        at_ns=int(exact) if exact else int(whole_s or 0) * 10**9,
        action=str(document.get("Action") or document.get("status") or ""),
        container_id=str(actor.get("ID") or document.get("id") or ""),
        attributes={str(k): str(v) for k, v in (actor.get("Attributes") or {}).items()},
    )
