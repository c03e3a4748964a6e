"""Options that mount: `--volume`, `--tmpfs`, volumes of other containers, storage. Pure.

`--mount` has a grammar of its own, in `mount_options`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    ParsedOptions,
    Refusal,
    Theme,
)
from multi_instance_manager.engine.docker_run.draft import appended, entries, scalar
from multi_instance_manager.engine.docker_run.mount_options import mount, needed_api
from multi_instance_manager.engine.docker_run.value_parsers import filled, pair

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from multi_instance_manager.engine.docker_run.draft import Draft

_VOLUME_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_MODES = {
    *("ro", "rw", "z", "Z", "nocopy", "consistent", "cached", "delegated"),
    *("shared", "slave", "private", "rshared", "rslave", "rprivate"),
}
_SOURCE_AND_TARGET = 2
_WITH_MODE = 3


class Volume(msgspec.Struct, frozen=True):
    """A `--volume` for the engine; an anonymous one has no source."""

    specification: str
    target: str
    is_anonymous: bool


def volume(value: str) -> Volume:
    """`[source:]target[:modes]`."""
    parts = value.split(":")
    if len(parts) > _WITH_MODE or not all(parts):
        raise Refusal(f"{value!r} is not a volume; write [SOURCE:]TARGET[:ro]")
    is_anonymous = len(parts) == 1
    target = parts[0] if is_anonymous else parts[1]
    refuse_bad_target(target)
    if not is_anonymous:
        _refuse_source(parts[0])
    if len(parts) == _WITH_MODE:
        _refuse_modes(parts[2])
    return Volume(value, target, is_anonymous)


def refuse_bad_target(target: str) -> None:
    """Refuse a path in the container that is not absolute."""
    if not target.startswith("/"):
        raise Refusal(f"the target {target!r} is not an absolute path; write one such as /data")


def _refuse_source(source: str) -> None:
    if source.startswith("/") or _VOLUME_NAME.fullmatch(source):
        return
    raise Refusal(
        f"the host path {source!r} is relative, and to what would depend on who starts the "
        "manager; write an absolute path, or the name of a volume"
    )


def _refuse_modes(modes: str) -> None:
    for word in modes.split(","):
        if word not in _MODES:
            raise Refusal(f"{word!r} is not a mode of a volume; write ro or rw")


def _write_volumes(draft: Draft, values: Sequence[Volume]) -> None:
    anonymous: dict[str, dict[str, str]] = {
        value.specification: {} for value in values if value.is_anonymous
    }
    binds = draft.get("HostConfig.Binds", [])
    named = [value.specification for value in values if not value.is_anonymous]
    if anonymous:
        draft.update("Volumes", anonymous)
    if named:
        draft.set("HostConfig.Binds", list(dict.fromkeys([*binds, *named])))


def tmpfs(value: str) -> tuple[str, str]:
    """Read `target[:options]`; the engine checks the options when it mounts."""
    target, _, options = value.partition(":")
    refuse_bad_target(target)
    return target, options


def _needs_api(given: ParsedOptions) -> Iterator[tuple[str, str]]:
    for version in sorted({needed_api(found) for found in given.all("mount")} - {""}):
        yield "--mount", version


THEME = Theme(
    options=(
        DockerOption(
            "volume",
            short="v",
            kind=OptionKind.REPEATABLE,
            read=volume,
            write=_write_volumes,
            refuse=lambda reserved, given: reserved.refuse_target(given.target),
        ),
        DockerOption(
            "mount",
            kind=OptionKind.REPEATABLE,
            read=mount,
            write=appended("HostConfig.Mounts"),
            refuse=lambda reserved, given: reserved.refuse_target(given["Target"]),
        ),
        DockerOption(
            "tmpfs",
            kind=OptionKind.REPEATABLE,
            read=tmpfs,
            write=entries("HostConfig.Tmpfs"),
            refuse=lambda reserved, given: reserved.refuse_target(given[0]),
        ),
        DockerOption(
            "volumes-from",
            kind=OptionKind.REPEATABLE,
            read=filled,
            write=appended("HostConfig.VolumesFrom"),
        ),
        DockerOption("volume-driver", read=filled, write=scalar("HostConfig.VolumeDriver")),
        DockerOption(
            "storage-opt",
            kind=OptionKind.REPEATABLE,
            read=pair("an option of the storage driver"),
            write=entries("HostConfig.StorageOpt"),
        ),
    ),
    needs_api=_needs_api,
)
