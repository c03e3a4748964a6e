"""The grammar of `--mount`: comma-separated fields for bind, volume, tmpfs and image mounts. Pure.

Values of volume options may be passwords of a file server: only paths and words are shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from multi_instance_manager.engine.docker_run.comma_separated import fields
from multi_instance_manager.engine.docker_run.docker_option import Refusal
from multi_instance_manager.engine.docker_run.draft import Draft
from multi_instance_manager.engine.docker_run.value_parsers import boolean, size_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

_TYPES = ("bind", "volume", "tmpfs", "image")
_BARE = ("readonly", "ro", "volume-nocopy", "bind-nonrecursive")
_ALIASES = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly"}
_PROPAGATIONS = ("private", "rprivate", "shared", "rshared", "slave", "rslave")
_RECURSION = {
    "enabled": {},
    "disabled": {"BindOptions.NonRecursive": True},
    "writable": {"BindOptions.ReadOnlyNonRecursive": True},
    "readonly": {"BindOptions.ReadOnlyForceRecursive": True},
}
Field = dict[str, Any]


def mount(value: str) -> dict[str, Any]:
    """One mount as the Engine API wants it."""
    draft = Draft({"Type": "volume"})
    given = [_split(field) for field in fields(value)]
    for key, setting in given:
        _write(draft, key, setting)
    found = draft.payload
    _refuse_mixture(found["Type"], [key for key, _ in given])
    _refuse_recursion(found, dict(given))
    _refuse_paths(found)
    if found["Type"] == "volume" and "VolumeOptions" in found:
        found["VolumeOptions"].setdefault("DriverConfig", {})
    return found


def _split(field: str) -> tuple[str, str]:
    key, separator, setting = field.partition("=")
    if not separator and key not in _BARE:
        raise Refusal("a field is not written as key=value; write type=bind,source=…,target=…")
    return _ALIASES.get(key, key), setting if separator else "true"


def _write(draft: Draft, key: str, setting: str) -> None:
    if key in _MAPS:
        name, _, entry = setting.partition("=")
        draft.update(_MAPS[key], {name: entry} if name else {})
        return
    reader = _READERS.get(key)
    if reader is None:
        raise Refusal(f"{key!r} is not a field of a mount; use type, source, target or readonly")
    for path, read in reader(setting).items():
        draft.set(path, read)


def _to(path: str, read: Callable[[str], Any] = str) -> Callable[[str], Field]:
    return lambda setting: {path: read(setting)}


def _word(path: str, *words: str) -> Callable[[str], Field]:
    def read(setting: str) -> Field:
        if setting.lower() not in words:
            raise Refusal(f"{setting!r} is not one of: {', '.join(words)}; write one of these")
        return {path: setting.lower()}

    return read


def _recursion(setting: str) -> Field:
    if setting not in _RECURSION:
        raise Refusal(f"{setting!r} is not one of: {', '.join(_RECURSION)}; write one of these")
    return dict(_RECURSION[setting])


def _file_mode(setting: str) -> int:
    if not re.fullmatch(r"[0-7]{1,10}", setting):
        raise Refusal(f"{setting!r} is not a file mode; write one in octal, such as 1777")
    return int(setting, 8)


_MAPS = {
    "volume-label": "VolumeOptions.Labels",
    "volume-opt": "VolumeOptions.DriverConfig.Options",
}
_READERS: dict[str, Callable[[str], Field]] = {
    "type": _word("Type", *_TYPES),
    "source": _to("Source"),
    "target": _to("Target"),
    "readonly": _to("ReadOnly", boolean),
    "consistency": _word("Consistency", "consistent", "cached", "delegated", "default"),
    "bind-propagation": _word("BindOptions.Propagation", *_PROPAGATIONS),
    "bind-nonrecursive": _to("BindOptions.NonRecursive", boolean),
    "bind-recursive": _recursion,
    "volume-subpath": _to("VolumeOptions.Subpath"),
    "volume-nocopy": _to("VolumeOptions.NoCopy", boolean),
    "volume-driver": _to("VolumeOptions.DriverConfig.Name"),
    "tmpfs-size": _to("TmpfsOptions.SizeBytes", size_bytes),
    "tmpfs-mode": _to("TmpfsOptions.Mode", _file_mode),
    "image-subpath": _to("ImageOptions.Subpath"),
}


def _refuse_mixture(kind: str, keys: list[str]) -> None:
    for key in keys:
        family, separator, _ = key.partition("-")
        if separator and family != kind:
            raise Refusal(f"{key} does not go with type={kind}; remove one of the two")


def _refuse_recursion(found: Field, given: dict[str, str]) -> None:
    recursion = given.get("bind-recursive")
    if recursion not in {"writable", "readonly"}:
        return
    if not found.get("ReadOnly"):
        raise Refusal(f"bind-recursive={recursion} needs readonly; add it")
    if recursion == "readonly" and given.get("bind-propagation", "").lower() != "rprivate":
        raise Refusal("bind-recursive=readonly needs bind-propagation=rprivate; add it")


def needed_api(found: Field) -> str:
    """Return the API version that a mount needs; empty if every engine knows it."""
    if found["Type"] == "image":
        return "1.48"
    if "Subpath" in found.get("VolumeOptions", {}):
        return "1.45"
    return "1.44" if "ReadOnlyForceRecursive" in found.get("BindOptions", {}) else ""


def _refuse_paths(found: Field) -> None:
    target = found.get("Target", "")
    if not target.startswith("/"):
        raise Refusal(f"the target {target!r} is not an absolute path; add target=/…")
    source = found.get("Source", "")
    if found["Type"] == "bind" and not source.startswith("/"):
        raise Refusal(
            f"the host path {source!r} is relative, and to what would depend on who starts the "
            "manager; write an absolute source"
        )
