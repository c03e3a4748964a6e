"""Removes profiles from the pool: first the instance, its session saved, then file and history.

They go to the trash of the state folder, or for good where that is asked for. A profile whose
instance cannot be removed stays.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.commands.change.down import removal_of
from multi_instance_manager.commands.change.fleet_session import begun, held
from multi_instance_manager.commands.survey.leftovers import leftovers
from multi_instance_manager.commands.survey.selection import select
from multi_instance_manager.errors import Declined, ExitCode, StateError, UsageProblems
from multi_instance_manager.execute.executor import Pace
from multi_instance_manager.execute.outcome import InstanceState, Outcome, gravest_of
from multi_instance_manager.plan.plan import Operation
from multi_instance_manager.reports.change import DownReport
from multi_instance_manager.reports.profile_remove import (
    ProfileRemoveReport,
    Removal,
    RemovedProfile,
)
from multi_instance_manager.sessions.pool import SUFFIX, names_in
from multi_instance_manager.sessions.trash import (
    delete_for_good,
    names_in_trash,
    put_in_trash,
    refuse_unmovable,
)
from multi_instance_manager.state import records
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from multi_instance_manager.commands.change.fleet_session import FleetSession, SessionWatch
    from multi_instance_manager.commands.survey.request import Request

    Confirm = Callable[["RemovalQuestion"], bool]


class RemovalQuestion(msgspec.Struct, frozen=True):
    """What is to be confirmed: instances that are removed, and profiles that go for good."""

    operations: tuple[Operation, ...]
    purged: tuple[str, ...]


def remove_profiles(
    request: Request, watch: SessionWatch, confirm: Confirm, *, purge: bool = False
) -> ProfileRemoveReport:
    """Remove the named profiles; raises `Declined` and `UsageProblems` before anything is touched.

    With ``purge`` a profile may also be one that only the trash has.
    """
    names = _named(request, purge=purge)
    with begun(replace(request, patterns=())) as current:
        picks = _picks(current, names)
        _ask(request, RemovalQuestion(_operations(picks), names if purge else ()), confirm)
        done = current.go(DownReport, picks, watch, Pace())
        with _held_by_now(request):
            outcomes = _by_profile(done.outcomes, _former_names(current, names))
            removed = [_removed(request, name, outcomes[name], purge=purge) for name in names]
            _free_leases(request, [one for one in removed if one.result is not Removal.KEPT])
    code = gravest_of(done.outcomes, interrupted=done.interrupted)
    is_kept = any(one.result is Removal.KEPT for one in removed)
    return ProfileRemoveReport(
        exit_code=int(code or (ExitCode.INSTANCE_FAILED if is_kept else ExitCode.OK)),
        profiles=tuple(removed),
        warnings=tuple(map(printable, done.notes)),
        settings_left_in=_settings_left_in(request, removed),
    )


def _named(request: Request, *, purge: bool) -> tuple[str, ...]:
    settings, layout = request.settings, request.layout
    if not request.patterns:
        raise UsageProblems(["PROFILE: is missing; name at least one"])
    in_pool = names_in(settings.profile_dir)
    in_trash = names_in_trash(layout) if purge else ()
    names = select(request.patterns, sorted({*in_pool, *in_trash}))
    for name in {*names} & {*in_pool}:
        refuse_unmovable(layout, settings.profile_dir / f"{name}{SUFFIX}")
    return names


def _picks(current: FleetSession, names: Sequence[str]) -> list[Operation | Outcome]:
    members = (*current.members, *leftovers(current.seen, current.members))
    meant = {*names, *_former_names(current, names)}
    found = [removal_of(current, one) for one in members if one.profile_name in meant]
    return [pick for pick in found if pick is not None]


def _former_names(current: FleetSession, names: Collection[str]) -> dict[str, str]:
    """The names that instances still have of profiles that were renamed, with the new names."""
    renames = current.seen.renames
    return {one.old_name: one.profile.name for one in renames if one.profile.name in names}


def _operations(picks: Sequence[Operation | Outcome]) -> tuple[Operation, ...]:
    return tuple(pick for pick in picks if isinstance(pick, Operation))


def _ask(request: Request, question: RemovalQuestion, confirm: Confirm) -> None:
    needed = bool(question.operations or question.purged)
    if needed and not request.settings.auto_confirm and not confirm(question):
        raise Declined("not confirmed; nothing was touched")


def _held_by_now(request: Request) -> AbstractContextManager[None]:
    """A fleet without a state folder and without a container is not held until now."""
    if request.layout.top.is_dir():
        return nullcontext()
    prepare_top(request.layout)
    return held(request)


def _by_profile(
    outcomes: Sequence[Outcome], former: Mapping[str, str]
) -> Mapping[str, list[Outcome]]:
    found: defaultdict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        name = one.operation.profile_name
        found[former.get(name, name)].append(one)
    return found


def _removed(request: Request, name: str, own: Sequence[Outcome], *, purge: bool) -> RemovedProfile:
    standing = [one for one in own if one.state is not InstanceState.REMOVED]
    problem = _problem_of(standing[0]) if standing else None
    trash = None
    if problem is None:
        try:
            trash = _moved(request, name, purge=purge)
        except StateError as failure:
            problem = str(failure)
    gone = Removal.PURGED if purge else Removal.TRASHED
    return RemovedProfile(
        profile=printable(name),
        result=Removal.KEPT if problem else gone,
        trash=trash,
        session=next((one.session.value for one in own if one.session), None),
        problem=printable(problem) if problem else None,
        notes=tuple(printable(note) for one in own for note in one.notes),
    )


def _problem_of(outcome: Outcome) -> str:
    reason = outcome.problem or "; ".join(outcome.notes) or outcome.state.value
    return f"its instance was not removed: {reason}"


def _moved(request: Request, name: str, *, purge: bool) -> str | None:
    """Its folder in the trash. What goes for good goes there first, so that a kill loses less."""
    layout = request.layout
    file = request.settings.profile_dir / f"{name}{SUFFIX}"
    folder = put_in_trash(layout, name, file, time.time()) if os.path.lexists(file) else None
    if purge:
        delete_for_good(layout, name)
        return None
    return str(folder) if folder else None


def _free_leases(request: Request, removed: Sequence[RemovedProfile]) -> None:
    layout = request.layout
    records.set_damaged_aside(layout)
    slots = records.read_ledger(layout)
    gone = {one.profile for one in removed}
    held_still = {name: slot for name, slot in slots.items() if printable(name) not in gone}
    if held_still != slots:
        records.write_ledger(layout, held_still)


def _settings_left_in(request: Request, removed: Sequence[RemovedProfile]) -> str | None:
    settings = request.settings
    gone = {one.profile for one in removed if one.result is not Removal.KEPT}
    has_settings = any(printable(name) in gone for name in settings.overrides)
    return str(settings.config_path) if has_settings and settings.config_path else None
