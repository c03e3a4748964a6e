"""The members of a pool as commands speak of them: profiles, and containers without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.checks.preflight import second_writers
from multi_instance_manager.commands.survey.selection import select
from multi_instance_manager.fleet.container_names import ASIDE_SUFFIX, container_name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.sessions.profile import Profile


class Member(msgspec.Struct, frozen=True):
    """One profile, or one container whose profile is gone.

    ``is_refused``: the profile is there and cannot be used as it is; it is None then, too.
    ``container`` is the one under the profile's own name; ``aside`` one that was set aside while
    its replacement was tried. ``spec`` is None where it is not to be launched. ``operation`` is
    what `up` would do about it. ``second_writer`` is the name of another container that runs on its
    session.
    """

    profile_name: str
    container_name: str
    profile: Profile | None = None
    spec: InstanceSpec | None = None
    container: ObservedContainer | None = None
    aside: ObservedContainer | None = None
    operation: Operation | None = None
    is_refused: bool = False
    second_writer: str = ""

    @property
    def is_orphan(self) -> bool:
        """Whether no profile of the pool asks for its container."""
        return self.profile is None and not self.is_refused


def members_of(seen: Survey) -> tuple[Member, ...]:
    """Every member: the profiles by name, then the containers whose profile is gone."""
    members = (*_profiles(seen), *_refused(seen), *_strays(seen))
    return with_second_writers(seen, members)


def with_second_writers(seen: Survey, members: Sequence[Member]) -> tuple[Member, ...]:
    """The members, each with the container that runs on its session beside its own."""
    others = second_writers(seen.fleet, seen.home)
    names = [others.get(member.container_name.removesuffix(ASIDE_SUFFIX), "") for member in members]
    return tuple(
        replace(member, second_writer=name) if name else member
        for member, name in zip(members, names, strict=True)
    )


def _profiles(seen: Survey) -> Iterator[Member]:
    specs = {spec.profile_name: spec for spec in seen.specs}
    operations = {operation.container_name: operation for operation in seen.plan.operations}
    fleet, prefix = seen.fleet, seen.settings.container_prefix
    for profile in seen.pool.profiles:
        name = container_name_of(prefix, profile.name)
        yield Member(
            profile_name=profile.name,
            container_name=name,
            profile=profile,
            spec=specs.get(profile.name),
            container=fleet.current.get(name) or fleet.legacy.get(name),
            aside=fleet.aside.get(name),
            operation=operations.get(name),
        )


def _refused(seen: Survey) -> Iterator[Member]:
    """Profiles that are there and cannot be used; their containers are found among the strays."""
    standing = {stray.ours.identity.profile_name for stray in seen.fleet.strays if stray.ours}
    for name in seen.pool.refused:
        if name not in standing:
            own_name = container_name_of(seen.settings.container_prefix, name)
            yield Member(name, own_name, is_refused=True)


def _strays(seen: Survey) -> Iterator[Member]:
    operations = {operation.container_name: operation for operation in seen.plan.operations}
    taken_over = {o.old.container_id: o for o in seen.plan.operations if o.old}
    for stray in seen.fleet.strays:
        labels = stray.ours
        name = labels.identity.profile_name if labels else stray.name
        yield Member(
            name,
            stray.name,
            container=stray,
            operation=taken_over.get(stray.container_id) or operations.get(stray.name),
            is_refused=name in seen.pool.refused,
        )


def chosen(members: Sequence[Member], patterns: Sequence[str]) -> tuple[Member, ...]:
    """The members that names and globs mean; all of them without any. Raises `UsageProblems`."""
    names = set(select(patterns, dict.fromkeys(member.profile_name for member in members)))
    return tuple(member for member in members if member.profile_name in names)
