"""Options that choose namespaces and cgroups. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.settings.docker_run.docker_option import Option, Refusal, Theme
from multi_instance_manager.settings.docker_run.draft import scalar
from multi_instance_manager.settings.docker_run.value_parsers import one_of, text

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
        Option(
            "ipc",
            read=_mode("", "none", "host", "private", "shareable"),
            write=scalar("HostConfig.IpcMode"),
        ),
        Option("pid", read=_mode("", "host"), write=scalar("HostConfig.PidMode")),
        Option("uts", read=one_of("", "host"), write=scalar("HostConfig.UTSMode")),
        Option("userns", read=one_of("", "host"), write=scalar("HostConfig.UsernsMode")),
        Option(
            "cgroupns",
            read=one_of("", "host", "private"),
            write=scalar("HostConfig.CgroupnsMode"),
        ),
        Option("cgroup-parent", read=text, write=scalar("HostConfig.CgroupParent")),
    ),
)
