"""Options that give devices to a container: host devices, GPUs, cgroup rules. Pure."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from multi_instance_manager.engine.docker_run.comma_separated import fields
from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    Refusal,
    Theme,
)
from multi_instance_manager.engine.docker_run.draft import appended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.engine.docker_run.draft import Draft

_RULE = re.compile(r"[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}", re.ASCII)
# vendor.com/class=name, of the Container Device Interface
_QUALIFIED = re.compile(
    r"[A-Za-z](?:[\w.-]*[A-Za-z0-9])?/[A-Za-z](?:[\w.-]*[A-Za-z0-9])?=[A-Za-z0-9](?:[\w.:-]*[A-Za-z0-9])?",
    re.ASCII,
)
_PATHS = 3  # host, container, permissions


def device(value: str) -> dict[str, str] | str:
    """`host[:container][:permissions]` as a mapping, or the qualified name of a CDI device."""
    if _QUALIFIED.fullmatch(value):
        return value
    host, container, permissions = _device_parts(value)
    for path in (host, container):
        if not path.startswith("/"):
            raise Refusal(f"{path!r} is not an absolute path; write one such as /dev/fuse")
    if "*" in host:
        raise Refusal("a pattern of devices depends on the host it is read on; name each device")
    return {
        "PathOnHost": host,
        "PathInContainer": container,
        "CgroupPermissions": permissions,
    }


def _device_parts(value: str) -> tuple[str, str, str]:
    parts = value.split(":")
    if len(parts) > _PATHS or not parts[0]:
        raise Refusal(f"{value!r} is not a device; write HOST[:CONTAINER][:rwm]")
    if len(parts) == _PATHS:
        return parts[0], parts[1], _permissions(parts[2])
    if len(parts) == 1:
        clean = _clean(value)
        return clean, clean, "rwm"
    if _is_permissions(parts[1]):
        clean = _clean(parts[0])
        return clean, clean, parts[1]
    return parts[0], _clean(parts[1]), "rwm"


def _clean(path: str) -> str:
    # POSIX gives two leading slashes a special meaning; the client does not.
    return posixpath.normpath(re.sub("^//", "/", path))


def _permissions(value: str) -> str:
    if not _is_permissions(value):
        raise Refusal(f"{value!r} is not a set of permissions; write letters of rwm")
    return value


def _is_permissions(value: str) -> bool:
    return bool(value) and set(value) <= set("rwm") and len(set(value)) == len(value)


def _write_devices(draft: Draft, values: Sequence[dict[str, str] | str]) -> None:
    if mappings := [value for value in values if isinstance(value, dict)]:
        draft.extend("HostConfig.Devices", mappings)
    if names := [value for value in values if isinstance(value, str)]:
        draft.extend("HostConfig.DeviceRequests", [{"Driver": "cdi", "DeviceIDs": names}])


def device_rule(value: str) -> str:
    """Read `type major:minor permissions`."""
    if not _RULE.fullmatch(value):
        raise Refusal(f"{value!r} is not a rule; write one such as 'c 1:3 rwm'")
    return value


def gpu_request(value: str) -> dict[str, Any]:
    """Read `all`, a number, or fields such as `device=0` and `capabilities=utility`."""
    request: dict[str, Any] = {"Options": {}, "Capabilities": [["gpu"]]}
    seen: set[str] = set()
    for field in fields(value):
        key, _, setting = field.partition("=") if "=" in field else ("count", "", field)
        if key in seen:
            raise Refusal(f"{key} is given twice; keep one")
        seen.add(key)
        request.update(_gpu_field(key, setting))
    if not seen & {"count", "device"}:
        request["Count"] = 1
    return request


def _gpu_field(key: str, setting: str) -> dict[str, Any]:
    match key:
        case "driver":
            return {"Driver": setting}
        case "count":
            return {"Count": _gpu_count(setting)}
        case "device":
            return {"DeviceIDs": setting.split(",")}
        case "capabilities":
            return {"Capabilities": [[*setting.split(","), "gpu"]]}
        case "options":
            return {"Options": dict(_gpu_option(option) for option in fields(setting))}
    raise Refusal(f"{key!r} is not a field; use driver, count, device, capabilities or options")


def _gpu_option(option: str) -> tuple[str, str]:
    name, _, setting = option.partition("=")
    return name, setting


def _gpu_count(setting: str) -> int:
    if setting == "all":
        return -1
    if not re.fullmatch(r"[+-]?\d{1,9}", setting, re.ASCII):
        raise Refusal(f"{setting!r} is not a number of GPUs; write one, or all")
    return int(setting)


THEME = Theme(
    options=(
        DockerOption("device", kind=OptionKind.REPEATABLE, read=device, write=_write_devices),
        DockerOption(
            "device-cgroup-rule",
            kind=OptionKind.REPEATABLE,
            read=device_rule,
            write=appended("HostConfig.DeviceCgroupRules"),
        ),
        DockerOption(
            "gpus",
            kind=OptionKind.REPEATABLE,
            read=gpu_request,
            write=appended("HostConfig.DeviceRequests"),
        ),
    ),
)
