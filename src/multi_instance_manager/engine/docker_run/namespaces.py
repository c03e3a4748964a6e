"""Options that choose namespaces and cgroups. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.engine.docker_run.docker_option import DockerOption, Refusal, Theme
from multi_instance_manager.engine.docker_run.draft import scalar
from multi_instance_manager.engine.docker_run.value_parsers import one_of, text

if TYPE_CHECKING:
    from collections.abc import Callable


def _mode(*words: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        kind, separator, container = value.partition(":")
        if value in words or (kind == "container" and separator and container):
            return value
        choices = ", ".join(word for word in words if word)
        raise Refusal(f"{value!r} is not a mode; write one of: {choices}, container:NAME")

    return read


THEME = Theme(
    options=(
        DockerOption(
            "ipc",
            read=_mode("", "none", "host", "private", "shareable"),
            write=scalar("HostConfig.IpcMode"),
        ),
        DockerOption("pid", read=_mode("", "host"), write=scalar("HostConfig.PidMode")),
        DockerOption("uts", read=one_of("", "host"), write=scalar("HostConfig.UTSMode")),
        DockerOption("userns", read=one_of("", "host"), write=scalar("HostConfig.UsernsMode")),
        DockerOption(
            "cgroupns",
            read=one_of("", "host", "private"),
            write=scalar("HostConfig.CgroupnsMode"),
        ),
        DockerOption("cgroup-parent", read=text, write=scalar("HostConfig.CgroupParent")),
    ),
)
