"""The saved profiles of a pool, whatever state they are in. Reads only, and asks no engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.checks import preflight
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.findings import Finding
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.probe.host_survey import root_fault_of
from multi_instance_manager.sessions.login import Login
from multi_instance_manager.sessions.login_facts import twins_of
from multi_instance_manager.sessions.login_files import new_salt, read_login
from multi_instance_manager.sessions.open_pools import may_be_planted
from multi_instance_manager.sessions.pool import SUFFIX, read_pool
from multi_instance_manager.state.layout import StateLayout

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.settings.model import Settings

_OF_THE_FOLDER = "profile-dir"


class SavedProfile(msgspec.Struct, frozen=True):
    """One profile of the pool. ``refusal`` is why it cannot be launched, or None.

    ``twins`` are the other profiles that hold the same login.
    """

    name: str
    path: Path
    container_name: str
    refusal: Finding | None
    login: Login
    twins: tuple[str, ...] = ()


def saved_profiles(settings: Settings, *, now: float) -> tuple[SavedProfile, ...]:
    """Every profile of the pool, by name. Raises `UsageProblems` where there is no such folder."""
    pool = read_pool(
        settings.profile_dir,
        settings.application.login,
        now=now,
        may_be_planted=may_be_planted(settings),
    )
    faults = [one.sentence() for one in pool.findings if one.code == _OF_THE_FOLDER]
    if faults:
        outside = preflight.check_root(settings, root_fault_of(settings))
        raise UsageProblems([one.sentence() for one in outside] or faults)
    real = {profile.name: profile.path for profile in pool.profiles}
    refusals = {one.profile_name: one for one in pool.findings if one.code == "profile"}
    layout = StateLayout(settings.state_dir, settings.container_prefix)
    salt = new_salt()
    found: dict[str, SavedProfile] = {}
    for name in sorted(pool.lessees):
        path = real.get(name) or settings.profile_dir / f"{name}{SUFFIX}"
        container_name = container_name_of(settings.container_prefix, name)
        refusal = refusals.get(name)
        copy = layout.copy(container_name, name)
        cookies = settings.application.login
        login = read_login(path, copy, cookies, salt=salt) if refusal is None else Login()
        found[name] = SavedProfile(name, path, container_name, refusal, login)
    return _with_twins(found)


def _with_twins(found: dict[str, SavedProfile]) -> tuple[SavedProfile, ...]:
    marks = {name: one.login.facts.marks for name, one in found.items() if one.login.facts}
    twins = twins_of(marks)
    return tuple(
        SavedProfile(
            one.name, one.path, one.container_name, one.refusal, one.login, twins.get(name, ())
        )
        for name, one in found.items()
    )
