"""Recognises a login whose file was renamed, by what it holds.

Its instance was launched under the name from before: with that go its ports, its history and its
newest session. A profile that nothing was ever launched for is held against what is kept of those
whose file is gone.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import StateError
from multi_instance_manager.files.untrusted_files import read_untrusted
from multi_instance_manager.findings import Finding, warning
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.history import move_versions, versions
from multi_instance_manager.sessions.login_facts import session_facts
from multi_instance_manager.sessions.pool import SUFFIX
from multi_instance_manager.state import records
from multi_instance_manager.state.layout import PREDECESSOR
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from multi_instance_manager.application.definition import LoginCookies
    from multi_instance_manager.fleet.containers import Fleet, ObservedContainer
    from multi_instance_manager.sessions.profile import Pool, Profile
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.state.layout import StateLayout

_MOST_VERSIONS = 3


class Rename(msgspec.Struct, frozen=True):
    """A profile under its new name; ``container`` is that of the old one, where it is there."""

    old_name: str
    old_container_name: str
    profile: Profile
    new_container_name: str
    container: ObservedContainer | None = None


class _Gone(msgspec.Struct, frozen=True):
    """A profile whose file is gone: the digests of its last sync, and marks of its login."""

    name: str
    container_name: str
    container: ObservedContainer | None
    digests: frozenset[str]
    marks: frozenset[bytes]


def find_renames(
    layout: StateLayout,
    pool: Pool,
    fleet: Fleet,
    leases: Mapping[str, int],
    settings: Settings,
) -> tuple[Rename, ...]:
    """Each profile that was renamed; no two of them were one, and none was two."""
    known, pool_dir = settings.application.login, settings.profile_dir
    newcomers = [one for one in pool.profiles if _is_new(layout, one, fleet)]
    if not newcomers:
        return ()
    names = _names_gone(layout, pool, fleet, (*leases, *_noted(layout, newcomers)))
    there = records.read_files(layout)
    gone = [
        _gone(layout, *one, pool.salt, known) for one in names if _is_gone(there, one[0], pool_dir)
    ]
    return tuple(_matched(layout, newcomers, gone))


def _noted(layout: StateLayout, newcomers: Iterable[Profile]) -> Iterator[str]:
    for profile in newcomers:
        name = _predecessor_of(layout, container_name_of(layout.fleet, profile.name))
        if name is not None:
            yield name


def _is_gone(there: Mapping[str, str], name: str, pool_dir: Path) -> bool:
    """Whether its file was in this folder and is not: in another one it has not been renamed."""
    path = there.get(name)
    if path is None or os.path.lexists(path):
        return False
    return os.path.dirname(path) == os.path.realpath(pool_dir)  # noqa: PTH120  # text stays text


def remember_files(layout: StateLayout, pool: Pool, settings: Settings) -> None:
    """Note where the profiles' files are, so that one is known to be gone later."""
    before, folder = records.read_files(layout), os.path.realpath(settings.profile_dir)
    now = {one.name: f"{folder}/{one.name}{SUFFIX}" for one in pool.profiles}
    if {**before, **now} != before:
        records.write_files(layout, {**before, **now})


def check_renames(settings: Settings, renames: Iterable[Rename]) -> list[Finding]:
    """What becomes of each, and of the settings that are under its name from before."""
    findings = []
    for one in renames:
        old, new = printable(one.old_name), printable(one.profile.name)
        fact = f"is the login that was {old}; ports, history and newest session go with it"
        step = ""
        if one.old_name in settings.overrides:
            fact += f", and its settings in {settings.config_path} do not"
            step = f"rename the table profiles.{old} there to profiles.{new}"
        findings.append(warning("renamed", f"profile {new}", fact, step))
    return findings


def new_names(renames: Iterable[Rename]) -> dict[str, str]:
    """The new profile names by the old ones."""
    return {one.old_name: one.profile.name for one in renames}


def standing_containers(renames: Iterable[Rename]) -> dict[str, ObservedContainer]:
    """The containers that stand under the old names, by the new container names."""
    return {one.new_container_name: one.container for one in renames if one.container}


def pool_files(pool: Pool, renames: Iterable[Rename]) -> dict[str, Path]:
    """The files of the profiles by their names; those that were renamed by either name."""
    files = {profile.name: profile.path for profile in pool.profiles}
    return files | {one.old_name: one.profile.path for one in renames}


def renaming_custodian(
    layout: StateLayout, known: LoginCookies | None, renames: Iterable[Rename]
) -> Custodian:
    """The sessions of the fleet, with those of renamed profiles under their new names."""
    renamed = {one.old_container_name: one.new_container_name for one in renames}
    return Custodian(layout, known, renamed=renamed)


def carry_over(custodian: Custodian, renames: Iterable[Rename]) -> None:
    """Move the histories, and save what an instance left that has no container any more.

    What cannot be done now stays as it is for the next run.
    """
    layout = custodian.layout
    for one in renames:
        with suppress(StateError):
            move_versions(layout, one.old_container_name, one.new_container_name)
            if one.container is None and layout.custody_record(one.old_container_name).exists():
                custodian.harvest(one.old_container_name, one.old_name, one.profile.path)
                custodian.forget(one.old_container_name, one.old_name, one.profile.path)


def _is_new(layout: StateLayout, profile: Profile, fleet: Fleet) -> bool:
    """Whether nothing was launched for it, or no more than the successor of one before it."""
    name = container_name_of(layout.fleet, profile.name)
    if _predecessor_of(layout, name) is not None:
        return True
    stands = name in fleet.current or name in fleet.aside or name in fleet.legacy
    return not stands and not layout.custody_record(name).exists()


def _predecessor_of(layout: StateLayout, container_name: str) -> str | None:
    """The profile in whose place an instance was about to come when the run was cut short."""
    with suppress(OSError):
        return os.fsdecode((layout.aside_dir(container_name) / PREDECESSOR).read_bytes())
    return None


def _names_gone(
    layout: StateLayout, pool: Pool, fleet: Fleet, known: Iterable[str]
) -> Iterator[tuple[str, str, ObservedContainer | None]]:
    """What is known of under a name that the pool has no more, those with a container first."""
    there = pool.lessees
    strays = {c.ours.identity.profile_name: c for c in fleet.strays if c.ours}
    for name in dict.fromkeys((*sorted(strays), *sorted(known))):
        container_name = container_name_of(layout.fleet, name)
        if name not in there:
            stray = strays.get(name)
            is_own = stray is not None and stray.name == container_name
            yield name, container_name, stray if is_own else None


def _gone(
    layout: StateLayout,
    name: str,
    container_name: str,
    container: ObservedContainer | None,
    salt: bytes,
    known: LoginCookies | None,
) -> _Gone:
    record = None
    with suppress(StateError):
        record = records.read_sync(layout, container_name)
    digests = {record.digest, record.pending or record.digest} if record else set()
    facts = (session_facts(c, known, salt=salt) for c in _kept(layout, container_name, name))
    marks = frozenset(mark for fact in facts if fact for mark in fact.marks)
    return _Gone(name, container_name, container, frozenset(digests), marks)


def _kept(layout: StateLayout, container_name: str, name: str) -> Iterator[bytes]:
    """What is kept of a login: the copy that is in use, and the last versions."""
    paths: list[Path] = [layout.copy(container_name, name)]
    with suppress(StateError):
        kept = versions(layout, container_name)[-_MOST_VERSIONS:]
        paths += [version.path for version in reversed(kept)]
    for path in paths:
        with suppress(OSError):
            yield read_untrusted(path) or b""


def _matched(
    layout: StateLayout, newcomers: Iterable[Profile], gone: list[_Gone]
) -> Iterator[Rename]:
    """The same bytes as at the last sync tell more than the same login."""
    waiting = list(newcomers)
    for fits in (partial(_is_noted, layout), _has_same_bytes, _has_same_login):
        for old in list(gone):
            profile = next((one for one in waiting if fits(one, old)), None)
            if profile is not None:
                waiting.remove(profile)
                gone.remove(old)
                new_name = container_name_of(layout.fleet, profile.name)
                yield Rename(old.name, old.container_name, profile, new_name, old.container)


def _is_noted(layout: StateLayout, profile: Profile, gone: _Gone) -> bool:
    name = container_name_of(layout.fleet, profile.name)
    return _predecessor_of(layout, name) == gone.name


def _has_same_bytes(profile: Profile, gone: _Gone) -> bool:
    return profile.digest in gone.digests


def _has_same_login(profile: Profile, gone: _Gone) -> bool:
    return bool(profile.marks & gone.marks)
