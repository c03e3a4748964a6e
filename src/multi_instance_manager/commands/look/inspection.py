"""What of an engine's inspection may be told: members that are known to hold no secret. Pure.

An engine of tomorrow may put anything anywhere, so that what is not on the list is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multi_instance_manager.fleet.labels import NAMESPACE
from multi_instance_manager.text.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOP = (
    "Id",
    "Created",
    "Name",
    "Image",
    "RestartCount",
    "Driver",
    "Platform",
    "AppArmorProfile",
    "MountLabel",
    "ProcessLabel",
)
_STATE = (
    "Status",
    "Running",
    "Paused",
    "Restarting",
    "OOMKilled",
    "Dead",
    "Pid",
    "ExitCode",
    "Error",
    "StartedAt",
    "FinishedAt",
)
_HOST = (
    "Memory",
    "MemorySwap",
    "MemoryReservation",
    "NanoCpus",
    "CpuShares",
    "CpusetCpus",
    "PidsLimit",
    "ShmSize",
    "OomKillDisable",
    "OomScoreAdj",
    "Ulimits",
    "RestartPolicy",
    "NetworkMode",
    "PortBindings",
    "Privileged",
    "ReadonlyRootfs",
    "CapAdd",
    "CapDrop",
    "SecurityOpt",
    "UsernsMode",
    "IpcMode",
    "PidMode",
    "Runtime",
    "Init",
)
_CONFIG = ("User", "WorkingDir", "ExposedPorts", "Image", "StopSignal", "StopTimeout", "Tty")
_MOUNT = ("Type", "Source", "Destination", "Mode", "RW", "Propagation")
_NETWORK = ("NetworkID", "Gateway", "IPAddress", "MacAddress", "GlobalIPv6Address")


def told_of_inspection(details: Mapping[str, Any]) -> dict[str, Any]:
    """The inspection without variables' values, others' labels, commands and driver options."""
    config = details.get("Config") or {}
    host = details.get("HostConfig") or {}
    settings = details.get("NetworkSettings") or {}
    networks = settings.get("Networks") or {}
    return {
        **_only(_TOP, details),
        "State": _only(_STATE, details.get("State") or {}),
        "HostConfig": {
            **_only(_HOST, host),
            "LogDriver": (host.get("LogConfig") or {}).get("Type"),
        },
        "Config": {
            **_only(_CONFIG, config),
            "Env": [f"{str(entry).partition('=')[0]}={MASK}" for entry in config.get("Env") or ()],
            "Labels": _labels(config.get("Labels") or {}),
        },
        "Mounts": [_only(_MOUNT, mount) for mount in details.get("Mounts") or ()],
        "NetworkSettings": {
            "Ports": settings.get("Ports"),
            "Networks": {name: _only(_NETWORK, network) for name, network in networks.items()},
        },
    }


def _only(names: tuple[str, ...], content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: content[name] for name in names if name in content}


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Ours as they are; of somebody else's the names alone."""
    return {name: value if name.startswith(NAMESPACE) else MASK for name, value in labels.items()}
