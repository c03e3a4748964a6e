"""Options that widen or narrow what a container may do. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NoReturn

from multi_instance_manager.engine.docker_run.docker_option import (
    DockerOption,
    OptionKind,
    Refusal,
    Sources,
    Theme,
)
from multi_instance_manager.engine.docker_run.draft import scalar
from multi_instance_manager.engine.docker_run.pair_files import read_text
from multi_instance_manager.engine.docker_run.value_parsers import boolean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from multi_instance_manager.engine.docker_run.draft import Draft

_ALL = "ALL"
_UNCONFINED_PATHS = "systempaths=unconfined"
_KNOWN = ("apparmor", "label", "no-new-privileges", "seccomp", "systempaths", "writable-cgroups")
_SECCOMP_WORDS = ("unconfined", "builtin")
_STRING_OR_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|\s+', re.DOTALL)


def capability(value: str) -> str:
    """A capability as the kernel spells it: `net_admin` is `CAP_NET_ADMIN`."""
    name = value.strip().upper()
    if not re.fullmatch(r"[A-Z_]+", name):
        raise Refusal(f"{value!r} is not a capability; write one such as NET_ADMIN")
    return name if name == _ALL or name.startswith("CAP_") else f"CAP_{name}"


def security_option(value: str) -> str:
    """`name=setting` (or the older `name:setting`); `no-new-privileges` may stand alone."""
    name, setting = _split(value)
    if name not in _KNOWN or (not setting and value != "no-new-privileges"):
        raise Refusal(f"{name!r} is not a security option; write NAME=value of {', '.join(_KNOWN)}")
    if name == "systempaths" and value != _UNCONFINED_PATHS:
        raise Refusal(f"{name} knows only one value; write {_UNCONFINED_PATHS}")
    return value


def _split(value: str) -> tuple[str, str]:
    name, _, setting = value.partition("=" if "=" in value else ":")
    return name, setting


def _expand_security(value: str, sources: Sources) -> Sequence[tuple[str, str]]:
    name, setting = _split(value)
    if name != "seccomp" or not setting or setting in _SECCOMP_WORDS:
        return [("security-opt", value)]
    return [("security-opt", f"seccomp={_compact(_profile(setting, sources))}")]


def _profile(setting: str, sources: Sources) -> str:
    # Unlike the client: a token must be self-contained, so a file's content is accepted, too.
    if setting.startswith("{"):
        return setting
    try:
        return read_text(setting, sources.reader)
    except Refusal as refusal:
        raise Refusal(f"seccomp profile {setting}: {refusal}") from refusal


def _compact(profile: str) -> str:
    """Return the same JSON without spaces between; numbers and strings stay as written."""
    try:
        json.loads(profile, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refusal("the seccomp profile is not JSON; correct the file") from None
    return _STRING_OR_SPACE.sub(lambda match: match[1] or "", profile)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _write_capabilities(path: str) -> Callable[[Draft, Sequence[str]], None]:
    """Write them sorted and without duplicates, like the client."""

    def write(draft: Draft, values: Sequence[str]) -> None:
        known = [capability(value) for value in draft.get(path, [])]
        draft.set(path, sorted({*known, *values}))

    return write


def _write_security(draft: Draft, values: Sequence[str]) -> None:
    if sent := [value for value in values if value != _UNCONFINED_PATHS]:
        draft.extend("HostConfig.SecurityOpt", sent)
    if _UNCONFINED_PATHS in values:
        draft.set("HostConfig.MaskedPaths", [])
        draft.set("HostConfig.ReadonlyPaths", [])


THEME = Theme(
    options=(
        DockerOption(
            "cap-add",
            kind=OptionKind.REPEATABLE,
            read=capability,
            write=_write_capabilities("HostConfig.CapAdd"),
        ),
        DockerOption(
            "cap-drop",
            kind=OptionKind.REPEATABLE,
            read=capability,
            write=_write_capabilities("HostConfig.CapDrop"),
        ),
        DockerOption(
            "security-opt",
            kind=OptionKind.REPEATABLE,
            read=security_option,
            expand=_expand_security,
            write=_write_security,
        ),
        DockerOption(
            "privileged",
            kind=OptionKind.BOOLEAN,
            read=boolean,
            write=scalar("HostConfig.Privileged"),
        ),
        DockerOption(
            "read-only",
            kind=OptionKind.BOOLEAN,
            read=boolean,
            write=scalar("HostConfig.ReadonlyRootfs"),
        ),
    ),
)
