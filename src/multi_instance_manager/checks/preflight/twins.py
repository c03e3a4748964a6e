"""Checks of one login in two places: two browsers on it sign each other out. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from multi_instance_manager.findings import Finding, warning
from multi_instance_manager.sessions.login_facts import twins_of
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator, Sequence

    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.sessions.profile import Profile

SAME_LOGIN = "same-login"
_KEEP_ONE = "move all but one out of the folder, or set `enabled = false` for them"
# What programs name a copy that they make of a file: they synchronise, download or duplicate it.
_COPY_NAMES = (
    re.compile(r"(.+)\.sync-conflict-\d{8}-\d{6}.*"),
    re.compile(r"(.+?) ?\(\d+\)"),
    re.compile(r"(.+?) ?\((?:.* )?(?:conflicted|conflict|in conflict)\b.*\)", re.IGNORECASE),
    re.compile(r"(.+?)[ _-]+copy(?:[ _-]?\(?\d+\)?)?", re.IGNORECASE),
)


def check_twins(
    profiles: Sequence[Profile],
    launched: Collection[str],
    about: Container[str] | None = None,
) -> Iterator[Finding]:
    """Profiles to be launched that hold the same login, or that are copies by their names.

    With ``about``, only groups with one of these profiles are reported.
    """
    for group, fact in _groups(profiles, launched):
        if about is None or any(name in about for name in group):
            yield _of_many(group, fact)


def _groups(
    profiles: Sequence[Profile], launched: Collection[str]
) -> Iterator[tuple[list[str], str]]:
    marks = {one.name: one.marks for one in profiles if one.name in launched}
    twins = twins_of(marks)
    told: set[str] = set()
    for name in sorted(twins):
        if name not in told:
            group = sorted({name, *twins[name]})
            told.update(group)
            yield group, "hold the same login: two browsers on it sign each other out"
    for name in sorted(set(launched) - told):
        origin = _copied_from(name, launched)
        if origin:
            fact = "look by their names like one login and a copy that a program made of its file"
            yield [origin, name], fact


def _of_many(names: Sequence[str], fact: str) -> Finding:
    subject = f"profiles {' and '.join(printable(name) for name in names)}"
    return warning(SAME_LOGIN, subject, fact, _KEEP_ONE)


def _copied_from(name: str, names: Collection[str]) -> str | None:
    for pattern in _COPY_NAMES:
        found = pattern.fullmatch(name)
        if found and found[1] in names:
            return found[1]
    return None


def used_elsewhere(profile: Profile, container: ObservedContainer, root: str) -> Finding:
    """Another pool's instance runs on the login of a profile."""
    fact = f"container {container.name} of the project at {printable(root)} runs on the same login"
    step = "stop one of them: give each project a pool of its own with --profile-dir"
    return warning(SAME_LOGIN, f"profile {printable(profile.name)}", fact, step)
