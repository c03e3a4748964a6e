"""Whether the image's user can read the host's files that are mounted into its container. Pure.

Closed folders above a file are no matter: it is the engine that mounts it, as root.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from multi_instance_manager.findings import Finding, error, warning
from multi_instance_manager.plan import mounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from multi_instance_manager.plan.mounts import Host
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.probe.mounted_files import MountedFile
    from multi_instance_manager.settings.model import Settings

_NAMES = {"environment_file": "environment file", "key_file": "key file"}
_ROOT = {"", "root", "0"}
_OWNER, _GROUP, _OTHER = 0o400, 0o040, 0o004
_USER = "--user="


def check_readable(
    settings: Settings, host: Host, files: Mapping[str, MountedFile], specs: Sequence[InstanceSpec]
) -> list[Finding]:
    """What the application would not read, or would read wrongly."""
    findings: list[Finding] = []
    for name in settings.application.readable.files:
        file = files.get(name)
        users = _users_of(settings, host, name, specs)
        if file is None or not users:
            continue
        subject = f"{_NAMES.get(name, name)} {file.path}"
        findings += [f for user in users for f in _check_user(subject, file, user)]
        findings += _check_mark(subject, file)
    return findings


def _users_of(
    settings: Settings, host: Host, name: str, specs: Sequence[InstanceSpec]
) -> tuple[str, ...]:
    """The users that containers read the file as; empty where it is mounted into none."""
    if name == "key_file":
        specs = [s for s in specs if mounts.host_key_rules(settings.of(s.profile_name), host)]
    return tuple(dict.fromkeys(_user_of(spec) for spec in specs))


def _user_of(spec: InstanceSpec) -> str:
    given = [token for token in spec.extra.tokens if token.startswith(_USER)]
    return given[-1].removeprefix(_USER) if given else spec.image.user


def _check_user(subject: str, file: MountedFile, user: str) -> Iterator[Finding]:
    can = _can_read(file, user)
    if can:
        return
    step = f"`chmod o+r {quote(str(file.path))}`; close a folder above it to keep it from others"
    seen = f"its mode is {file.mode:03o} and its owner {file.uid}"
    if can is None:
        fact = f"the image's user {user} may not be able to read it ({seen})"
        yield warning("unreadable-file", subject, fact, step)
    else:
        fact = f"the image's user {user} cannot read it ({seen}); the application would not start"
        yield error("unreadable-file", subject, fact, step)


def _can_read(file: MountedFile, user: str) -> bool | None:
    """None where only the image knows the number of its user, or the user's groups."""
    name, _, group = user.partition(":")
    if name in _ROOT or file.mode & _OTHER:
        return True
    if name.isdecimal() and int(name) == file.uid:
        return bool(file.mode & _OWNER)
    may_be_owner = not name.isdecimal() and file.uid != 0 and bool(file.mode & _OWNER)
    if file.mode & _GROUP:
        return True if group.isdecimal() and int(group) == file.gid else None
    return None if may_be_owner else False


def _check_mark(subject: str, file: MountedFile) -> Iterator[Finding]:
    """It would belong to the first name, or to the first key."""
    if file.has_byte_order_mark:
        fact = "begins with a byte order mark, which the application takes for part of its text"
        step = f"save it as UTF-8 without one (`sed -i '1s/^\\xEF\\xBB\\xBF//' {file.path}`)"
        yield error("byte-order-mark", subject, fact, step)
