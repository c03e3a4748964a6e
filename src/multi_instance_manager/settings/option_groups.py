"""The groups of the options in the help and the reference, and those of every day. Pure."""

from __future__ import annotations

from enum import StrEnum


class OptionGroup(StrEnum):
    """A group of options, by its title."""

    COMMON = "Common options"
    IMAGE = "Image options"
    PORTS = "Port options"
    KEYS = "Key options"
    LIMITS = "Limit options"
    WAITING = "Waiting options"
    ENGINE = "Engine options"


_MEMBERS: dict[OptionGroup, tuple[str, ...]] = {
    OptionGroup.COMMON: (
        *("project_root", "profile_dir", "state_dir", "config_file", "container_prefix", "output"),
        *("auto_confirm", "dry_run", "plan_file", "recreate", "retry", "remove_orphans"),
    ),
    OptionGroup.IMAGE: (
        *("image", "docker_env_file", "mount_docker_env", "log_level", "disable_auth_rotation"),
        *("isolation", "docker_args"),
    ),
    OptionGroup.PORTS: ("base_api_port", "base_stream_port", "host_ip"),
    OptionGroup.KEYS: ("api_key", "api_key_file", "generate_api_key", "show_secrets"),
    OptionGroup.LIMITS: (
        *("memory_per_instance_gb", "memory_limit", "cpus", "shm_size", "parallel", "starting"),
    ),
    OptionGroup.WAITING: (
        *("canary", "first_alone", "all_at_once", "wait", "wait_timeout", "require_stream"),
        *("stop_timeout", "lock_timeout"),
    ),
    OptionGroup.ENGINE: ("host", "context", "engine_timeout"),
}
_GROUPS = {name: group for group, names in _MEMBERS.items() for name in names}
EVERYDAY = frozenset(
    {
        *("project_root", "config_file", "output", "auto_confirm", "dry_run", "plan_file"),
        *("image", "container_prefix", "base_api_port", "base_stream_port", "generate_api_key"),
        *("wait", "wait_timeout"),
    }
)
"""The options that the short help of a command shows; its own ones are always shown."""


def group_of(option_name: str) -> OptionGroup:
    """Return the group of an option of the table."""
    return _GROUPS[option_name]
