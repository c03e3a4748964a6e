"""Checks that a path only leads through folders and links of this user and root.

The owner of a folder on the way can replace its content with a link. A manager that runs as root
would then create, open and remove files of that owner's choice.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_MOST_LINKS = 40  # the kernel's own limit
_SUDO_VARIABLES = ("SUDO_UID", "PKEXEC_UID")


def trusted_owners(environment: Mapping[str, str] = os.environ) -> frozenset[int]:
    """Return root, this user, and the user who called sudo, pkexec or doas."""
    user = os.geteuid()
    asked = [environment.get(name, "") for name in _SUDO_VARIABLES] if user == 0 else []
    by_doas = environment.get("DOAS_USER") if user == 0 else None
    found = [int(uid) for uid in asked if uid.isdecimal()]
    return frozenset({0, user, *found, *_number_of(by_doas)})


def _number_of(user_name: str | None) -> list[int]:
    """Return the user's number; none if there is no such user."""
    if not user_name:
        return []
    import pwd

    with suppress(KeyError):
        return [pwd.getpwnam(user_name).pw_uid]
    return []


def stranger_on(
    path: Path, owners: frozenset[int] | None = None, *, but: Path | None = None
) -> tuple[str, int] | None:
    """Return the first component of another user, and that user; None if there is none.

    ``but`` is a component that may belong to anyone.

    Links on the way are components, too, and so are their targets. If the path does not exist yet,
    only its existing part is checked. Raises OSError if it cannot be followed.
    """
    trusted = trusted_owners() if owners is None else owners
    for component, status in _components(os.path.abspath(path)):  # noqa: PTH100  # keeps links
        if status.st_uid not in trusted and component != str(but):
            return component, status.st_uid
    return None


def stranger_in_words(component: str, uid: int) -> str:
    """Return the fault of a path that leads through another user's component."""
    return f"its path leads through {component}, which belongs to another user (uid {uid})"


def _components(path: str) -> Iterator[tuple[str, os.stat_result]]:
    """Return every folder and link that the kernel passes, with its own status."""
    current, waiting, links = "/", path.split("/"), 0
    yield current, os.lstat(current)
    while waiting:
        part, *waiting = waiting
        if part in {"", "."}:
            continue
        if part == "..":
            current = os.path.dirname(current)  # noqa: PTH120  # text: paths may be many
            continue
        inner = os.path.join(current, part)  # noqa: PTH118  # as above
        try:
            status = os.lstat(inner)
        except FileNotFoundError:
            return
        yield inner, status
        if not stat.S_ISLNK(status.st_mode):
            current = inner
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(inner)  # noqa: PTH115  # as above
        current = "/" if target.startswith("/") else current
        waiting = [*target.split("/"), *waiting]
