"""Checks what the person's own `docker run` options would open to an instance. Pure."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from multi_instance_manager.findings import Finding, error, warning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from multi_instance_manager.engine.docker_run import ExtraArgs

_SOCKET_NAMES = ("docker.sock", "containerd.sock", "podman.sock")
_SOCKETS = (
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/var/run/docker.sock",
)
_ROOT_LIKE = {
    "ALL",
    *("CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_SYS_MODULE", "CAP_SYS_RAWIO"),
    *("CAP_DAC_READ_SEARCH", "CAP_BPF", "CAP_PERFMON", "CAP_MKNOD", "CAP_CHECKPOINT_RESTORE"),
}
_OPENED = re.compile(r"(?:apparmor|seccomp)[=:]unconfined|label[=:]disable")
_EVERYTHING = "lets an instance reach everything on this machine, other profiles included"
_DEVICE = "lets an instance use that device of this machine directly, past the files on it"
_PROCESSES = "shows an instance every process of this machine, and through those their files"
# Folders of this machine that show more than files of a person. What lies below one, such as
# /dev/shm, may be harmless.
_OF_THE_MACHINE = {
    "/proc": _PROCESSES,
    "/sys": "lets an instance change the kernel's settings and devices",
    "/dev": "lets an instance use this machine's devices directly, past the files on them",
    "/var/lib/docker": "shows an instance the files of every container, other profiles included",
    "/var/lib/containers": "shows an instance the files of every container",
}


def by_names(source: str, private: Sequence[str]) -> tuple[str, ...]:
    """Which of these folders a mount of ``source`` would show, as far as names alone tell."""
    return tuple(folder for folder in private if _overlap(source, folder))


def check_extra_isolation(
    extra: ExtraArgs,
    private_dirs: Sequence[str],
    shown_by: Callable[[str, Sequence[str]], Sequence[str]] = by_names,
) -> list[Finding]:
    """Extra arguments that would let an instance reach what the isolation keeps from it.

    ``shown_by`` tells which of the folders a mount would show, links followed.
    """
    host_config = extra.apply_to({"HostConfig": {}}).get("HostConfig", {})
    sources = list(dict.fromkeys(_bind_sources(host_config)))
    shown = {source: shown_by(source, private_dirs) for source in sources}
    findings = [
        error(
            "docker-args",
            f"extra docker arguments: the mount of {source}",
            f"would show {private} to every instance",
            "mount another folder",
        )
        for source in sources
        for private in shown[source]
    ]
    findings += [
        warning("docker-args", f"extra docker argument {subject}", fact)
        for subject, fact in _openings(host_config)
    ]
    findings += [
        warning("docker-args", f"extra docker arguments: the mount of {source}", fact)
        for source in sources
        if not shown[source]
        for folder, fact in _OF_THE_MACHINE.items()
        if shown_by(source, (folder,)) and not _is_below(source, folder)
    ]
    sockets = [s for s in sources if not shown[s] and _leads_to_a_socket(s, shown_by)]
    if sockets:
        fact = "hands the engine to an instance, and with it every other profile"
        subject = f"extra docker arguments: the mount of {sockets[0]}"
        findings.append(warning("docker-args", subject, fact))
    return findings


def _openings(host_config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each option that gives an instance more than its own container, and what it gives."""
    if host_config.get("Privileged"):
        yield "--privileged", _EVERYTHING
    for name in sorted(_ROOT_LIKE & set(host_config.get("CapAdd") or ())):
        yield f"--cap-add {name.removeprefix('CAP_')}", _EVERYTHING
    for device in host_config.get("Devices") or ():
        yield f"--device {device['PathOnHost']}", _DEVICE
    for rule in host_config.get("DeviceCgroupRules") or ():
        yield f"--device-cgroup-rule '{rule}'", _DEVICE
    if host_config.get("VolumesFrom"):
        yield "--volumes-from", "shows an instance whatever that container has mounted"
    yield from _lowered_walls(host_config)


def _lowered_walls(host_config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if host_config.get("PidMode"):
        yield f"--pid {host_config['PidMode']}", _PROCESSES
    if host_config.get("IpcMode") == "host":
        yield "--ipc host", "shares the memory of this machine's processes with an instance"
    if host_config.get("UsernsMode") == "host":
        yield "--userns host", "makes the root of an instance the root of this machine"
    for option in host_config.get("SecurityOpt") or ():
        if _OPENED.fullmatch(option):
            yield f"--security-opt {option}", "takes a wall between an instance and this machine"
    if host_config.get("MaskedPaths") == []:
        yield "--security-opt systempaths=unconfined", _EVERYTHING


def _leads_to_a_socket(
    source: str, shown_by: Callable[[str, Sequence[str]], Sequence[str]]
) -> bool:
    is_one = posixpath.basename(posixpath.normpath(source)) in _SOCKET_NAMES
    return is_one or bool(shown_by(source, _SOCKETS))


def _bind_sources(host_config: Mapping[str, Any]) -> list[str]:
    """What is mounted of this machine, by a volume that is a folder under another name as well."""
    sources = [str(bind).split(":", 1)[0] for bind in host_config.get("Binds") or ()]
    mounts: Sequence[Mapping[str, Any]] = host_config.get("Mounts") or ()
    sources += [str(mount.get("Source", "")) for mount in mounts if mount.get("Type") == "bind"]
    drivers = [(mount.get("VolumeOptions") or {}).get("DriverConfig") or {} for mount in mounts]
    sources += [path for driver in drivers for path in _paths_in(driver.get("Options") or {})]
    return [source for source in sources if source.startswith("/")]


def _paths_in(options: Mapping[str, Any]) -> Iterator[str]:
    """The folders that a volume's driver is told: its device, and the layers of an overlay."""
    yield str(options.get("device", ""))
    for option in str(options.get("o", "")).split(","):
        name, _, paths = option.partition("=")
        if name in {"lowerdir", "upperdir", "workdir"}:
            yield from paths.split(":")


def _overlap(one: str, other: str) -> bool:
    first, second = (f"{_normal(path).rstrip('/')}/" for path in (one, other))
    return first.startswith(second) or second.startswith(first)


def _is_below(one: str, other: str) -> bool:
    return _normal(one).startswith(f"{other}/")


def _normal(path: str) -> str:
    # Two leading slashes mean something of their own to POSIX, and nothing to the kernel.
    return posixpath.normpath(re.sub("^/+", "/", path))
