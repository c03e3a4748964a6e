"""Keeps what an instance's private files hold and neither the pool nor the history has.

To be called before such a file is removed or overwritten. What cannot be kept is an error, so that
the caller leaves the file where it is.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from multi_instance_manager.files.private_files import said
from multi_instance_manager.files.profile_size import LARGEST_PROFILE
from multi_instance_manager.files.untrusted_files import size_of_untrusted
from multi_instance_manager.sessions.history import keep_large, versions
from multi_instance_manager.sessions.kept_sessions import own_profile_name
from multi_instance_manager.sessions.own_folder import clear_own_folder
from multi_instance_manager.sessions.pool import is_whole_profile
from multi_instance_manager.sessions.session_files import digest_of_file, read_if_there
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.sessions.custodian import Custodian


def keep_copy(custodian: Custodian, container_name: str, copy: Path) -> Path | None:
    """Put what a copy holds into the history; returns its version, None where it holds nothing.

    A copy that is too large is moved there.
    """
    if is_too_large(copy):
        return keep_large(custodian.layout, custodian.history_name(container_name), copy)
    with said(copy):
        content = read_if_there(copy)
    return custodian.keep_version(container_name, content) if content else None


def is_too_large(copy: Path) -> bool:
    """Whether a copy is a regular file beyond the bound of a profile."""
    with suppress(OSError):
        return (size_of_untrusted(copy) or 0) > LARGEST_PROFILE
    return False


def keep_if_unsaved(
    custodian: Custodian, container_name: str, copy: Path, pool_file: Path | None
) -> None:
    """Put a whole copy into the history unless the pool has it."""
    with said(copy):
        content = read_if_there(copy)
    saved = pool_file and content and digest_of_file(pool_file) == digest_of(content)
    if content and not saved and is_whole_profile(content):
        custodian.keep_version(container_name, content)


def keep_if_unknown(
    custodian: Custodian, container_name: str, copy: Path, pool_file: Path | None
) -> Path | None:
    """Put a copy into the history unless that or the pool has it; returns the new version."""
    digest = digest_of_file(copy)
    if digest and _is_known(custodian, container_name, digest, pool_file):
        return None
    return keep_copy(custodian, container_name, copy)


def keep_all(
    custodian: Custodian, container_name: str, profile_name: str | None, pool_file: Path | None
) -> None:
    """Keep every session of an instance's private files, before they go.

    Without a profile name, its own copy is found by the container's name. Files beside that go from
    the folder at once.
    """
    layout = custodian.layout
    own = profile_name or own_profile_name(layout, container_name) or ""
    copy = layout.copy(container_name, own)
    keep = partial(_keep_other, custodian, container_name, pool_file)
    with said(copy.parent), suppress(FileNotFoundError):
        clear_own_folder(copy, None, keep)
    stashed, legacy = custodian.stashed(container_name), layout.legacy_copy(container_name)
    for one in (legacy, stashed, copy):
        keep_if_unknown(custodian, container_name, one, pool_file)


def _keep_other(
    custodian: Custodian, container_name: str, pool_file: Path | None, content: bytes
) -> None:
    """Keep a session that lies beside the own copy, under whatever name."""
    digest = digest_of(content)
    if is_whole_profile(content) and not _is_known(custodian, container_name, digest, pool_file):
        custodian.keep_version(container_name, content)


def _is_known(
    custodian: Custodian, container_name: str, digest: str, pool_file: Path | None
) -> bool:
    kept = versions(custodian.layout, custodian.history_name(container_name))
    known = [version.path for version in kept]
    return digest in map(digest_of_file, (*known, *([pool_file] if pool_file else [])))
