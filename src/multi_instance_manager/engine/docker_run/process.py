"""Options of the process in the container: user, folder, command, stop. Pure."""

from __future__ import annotations

import re

from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    Refusal,
    Theme,
)
from multi_instance_manager.engine.docker_run.draft import appended, entries, scalar
from multi_instance_manager.engine.docker_run.value_parsers import (
    boolean,
    filled,
    integer,
    one_of,
    text,
)

_SYSCTLS = {
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
}
_SYSCTL_PREFIXES = ("net.", "fs.mqueue.")
_POLICIES = ("no", "always", "unless-stopped", "on-failure")
_PLATFORM = re.compile(r"linux/[a-z0-9_]+(/[a-z0-9.]+)?")


def entrypoint(value: str) -> list[str]:
    """One word, as the client sends it; an empty one resets the image's entrypoint."""
    return [value]


def restart_policy(value: str) -> dict[str, str | int]:
    """`policy` or `on-failure:max`."""
    name, _, count = value.partition(":")
    if name not in _POLICIES:
        raise Refusal(f"{name!r} is not a restart policy; write one of: {', '.join(_POLICIES)}")
    if count and name != "on-failure":
        raise Refusal(f"only on-failure takes a number of retries; write {name} alone")
    return {"Name": name, "MaximumRetryCount": integer(minimum=0)(count) if count else 0}


def sysctl(value: str) -> tuple[str, str]:
    """`name=value` of a kernel parameter that belongs to the container's own namespaces."""
    name, separator, setting = value.partition("=")
    if not separator or not (name in _SYSCTLS or name.startswith(_SYSCTL_PREFIXES)):
        raise Refusal(
            f"{name!r} cannot be set for one container; write NAME=value of a parameter that "
            "begins with net. or fs.mqueue., or of the kernel's System V limits"
        )
    return name, setting


def platform(value: str) -> str:
    """`linux/architecture`, with a variant if need be."""
    if not _PLATFORM.fullmatch(value):
        raise Refusal(f"{value!r} is not a platform of this image; write one such as linux/amd64")
    return value


THEME = Theme(
    options=(
        DockerOption("hostname", short="h", read=text, write=scalar("Hostname")),
        DockerOption("domainname", read=text, write=scalar("Domainname")),
        DockerOption("user", short="u", read=text, write=scalar("User")),
        DockerOption("workdir", short="w", read=text, write=scalar("WorkingDir")),
        DockerOption("entrypoint", read=entrypoint, write=scalar("Entrypoint")),
        DockerOption(
            "init", kind=OptionKind.BOOLEAN, read=boolean, write=scalar("HostConfig.Init")
        ),
        DockerOption("restart", read=restart_policy, write=scalar("HostConfig.RestartPolicy")),
        DockerOption("stop-signal", read=filled, write=scalar("StopSignal")),
        DockerOption("stop-timeout", read=integer(minimum=-1), write=scalar("StopTimeout")),
        DockerOption(
            "sysctl", kind=OptionKind.REPEATABLE, read=sysctl, write=entries("HostConfig.Sysctls")
        ),
        DockerOption(
            "group-add",
            kind=OptionKind.REPEATABLE,
            read=filled,
            write=appended("HostConfig.GroupAdd"),
        ),
        DockerOption("runtime", read=text, write=scalar("HostConfig.Runtime")),
        DockerOption(
            "isolation",
            read=one_of("", "default"),
            write=scalar("HostConfig.Isolation"),
        ),
        # The platform is a parameter of the request, not part of its body: see ExtraArgs.platform.
        DockerOption("platform", read=platform),
    ),
)
