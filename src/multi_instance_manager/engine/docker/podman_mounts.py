"""Mounts whose host path has a comma or a quote, for Podman.

Its Docker-compatible call (4.3) writes each mount as one comma-separated line and reads that again,
without quoting: such a path is refused, or cut. The older form of a mount, "source:target:options",
it takes as it is, but for a colon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_MISREAD = frozenset(',"\n\r')


def is_podman(told: Mapping[str, Any]) -> bool:
    """Whether a Podman answers, out of what it tells of its version."""
    components = told.get("Components") or ()
    return any("podman" in str(part.get("Name", "")).lower() for part in components)


def has_odd_mounts(body: Mapping[str, Any]) -> bool:
    """Whether the body of a create call has a mount that Podman would misread."""
    return any(_is_odd(mount) for mount in _mounts(body))


def with_binds(body: Mapping[str, Any]) -> dict[str, Any]:
    """The same body with those mounts in the older form."""
    host = dict(body["HostConfig"])
    odd = [_bind(mount) for mount in _mounts(body) if _is_odd(mount)]
    host["Mounts"] = [mount for mount in _mounts(body) if not _is_odd(mount)]
    host["Binds"] = [*(host.get("Binds") or ()), *odd]
    return {**body, "HostConfig": host}


def _mounts(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple((body.get("HostConfig") or {}).get("Mounts") or ())


def _is_odd(mount: Mapping[str, Any]) -> bool:
    """A plain bind mount alone: others have options that the older form has no word for."""
    plain = mount.keys() <= {"Type", "Source", "Target", "ReadOnly"} and mount["Type"] == "bind"
    path = f"{mount.get('Source', '')}{mount.get('Target', '')}"
    return plain and bool(_MISREAD & set(path)) and ":" not in path


def _bind(mount: Mapping[str, Any]) -> str:
    return f"{mount['Source']}:{mount['Target']}:{'ro' if mount.get('ReadOnly') else 'rw'}"
