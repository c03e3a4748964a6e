"""Takes instances away: containers and private files. The pool and the history stay.

So do the leases of the profiles that the pool has: the next `up` gives each its ports again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict

from multi_instance_manager.commands.change.fleet_session import begun
from multi_instance_manager.commands.change.operations import operation_on
from multi_instance_manager.commands.change.session_result import ChangeResult
from multi_instance_manager.commands.survey.exclusions import not_ours, shared
from multi_instance_manager.commands.survey.guards import looked_at
from multi_instance_manager.commands.survey.leftovers import (
    leftovers,
    names_with_files,
    private_paths,
)
from multi_instance_manager.errors import Declined, StateError
from multi_instance_manager.execute.executor import Pace
from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.fleet.leases import merge_claims
from multi_instance_manager.plan.causes import Cause, CauseCode
from multi_instance_manager.plan.plan import Operation, OperationKind
from multi_instance_manager.reports.change import DownReport, with_what_is_left
from multi_instance_manager.state import records

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from multi_instance_manager.commands.change.fleet_session import FleetSession, SessionWatch
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.state.layout import StateLayout


class DownResult(ChangeResult[DownReport], frozen=True, kw_only=True):
    """What was removed, and which profiles that have left the pool gave up their lease.

    ``left`` is what a search found of the instances afterwards, a sentence each; None without one.
    """

    freed: tuple[str, ...] = ()
    left: tuple[str, ...] | None = None

    def report(self) -> DownReport:
        """The report of `down`."""
        history = str(self.seen.layout.top / "history")
        return with_what_is_left(self._report(freed=self.freed, history=history, left=self.left))


def down(
    request: Request,
    watch: SessionWatch,
    confirm: Callable[[Sequence[Operation]], bool],
    *,
    search: bool = False,
) -> DownResult:
    """Stop, harvest and remove the instances asked for, or all with whatever else there is.

    Raises `Declined` before anything is touched. With ``search`` the engine and the state folder
    are looked at once more at the end.
    """
    with begun(request) as current:
        members = current.chosen(leftovers(current.seen, current.members))
        picks = [removal_of(current, member) for member in members]
        _ask(request, [pick for pick in picks if isinstance(pick, Operation)], confirm)
        done = current.go(DownReport, picks, watch, Pace())
        freed, notes = _free_leases(current, done.outcomes)
        left = _left(current, members) if search else None
    fields = asdict(done) | {"notes": (*done.notes, *notes)}
    return DownResult(**fields, freed=freed, left=left)


def removal_of(current: FleetSession, member: Member) -> Operation | Outcome | None:
    """The operation that removes an instance; None for a profile that there is nothing of."""
    files = private_paths(current.seen.layout, member.container_name)
    if member.container is None and member.aside is None and not files:
        return None
    return (
        not_ours(member)
        or shared(member)
        or operation_on(member, OperationKind.DOWN, _what_there_is(member))
    )


def _what_there_is(member: Member) -> Cause:
    container = member.container or member.aside
    if container is None:
        return Cause(CauseCode.ONLY_FILES)
    return Cause(CauseCode.IN_STATE, after=container.state)


def _ask(
    request: Request,
    operations: Sequence[Operation],
    confirm: Callable[[Sequence[Operation]], bool],
) -> None:
    if operations and not request.settings.auto_confirm and not confirm(operations):
        raise Declined("not confirmed; nothing was touched")


def _free_leases(
    current: FleetSession, outcomes: Sequence[Outcome]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give back the leases of profiles that have left the pool; gives their names, and notes."""
    standing = {
        outcome.operation.profile_name
        for outcome in outcomes
        if outcome.state is not InstanceState.REMOVED
    }
    layout = current.seen.layout
    if not layout.top.is_dir():
        return (), ()
    kept = standing | current.seen.pool.lessees
    try:
        records.set_damaged_aside(layout)
        slots = records.read_ledger(layout)
        # Of a ledger that was lost or damaged, the labels of what has just gone were the copy.
        known = merge_claims(current.seen.fleet.slot_claims(), slots.items())
        held = {name: slot for name, slot in known.items() if name in kept}
        _write_or_drop(layout, slots, held)
        if current.is_about_all and not standing:
            records.drop(layout.proofs)
            records.drop(layout.quarantine)
            records.drop(layout.undone)
            records.drop(layout.home)
    except StateError as problem:
        return (), (f"the leases could not be freed: {problem}",)
    return tuple(sorted(slots.keys() - held.keys())), ()


def _write_or_drop(layout: StateLayout, slots: dict[str, int], held: dict[str, int]) -> None:
    if not held:
        records.drop(layout.ledger)
    elif held != slots:
        records.write_ledger(layout, held)


def _left(current: FleetSession, members: Sequence[Member]) -> tuple[str, ...]:
    """What a fresh look finds of the instances that were to go: containers, files, leases."""
    request, about_all = current.request, current.is_about_all
    seen = looked_at(request)
    names = {member.container_name for member in members}
    profiles = {member.profile_name for member in members}
    return (
        *_containers_left(seen, profiles, about_all=about_all),
        *_files_left(seen, names, about_all=about_all),
        *_leases_left(seen, current.seen.pool.lessees, profiles, about_all=about_all),
    )


def _containers_left(seen: Survey, profiles: Collection[str], *, about_all: bool) -> list[str]:
    fleet = seen.fleet
    standing = [*fleet.current.values(), *fleet.aside.values(), *fleet.strays]
    return [
        f"container {container.name}: is {container.state}"
        for container in standing
        if container.ours and (about_all or container.ours.identity.profile_name in profiles)
    ]


def _files_left(seen: Survey, names: Collection[str], *, about_all: bool) -> list[str]:
    wanted = {*names, *names_with_files(seen.layout)} if about_all else names
    return [
        f"{path}: is still there"
        for name in sorted(wanted)
        for path in private_paths(seen.layout, name)
    ]


def _leases_left(
    seen: Survey, lessees: Collection[str], profiles: Collection[str], *, about_all: bool
) -> list[str]:
    """Leases that are still held, but those of the pool's profiles, which stay."""
    try:
        held = records.read_ledger(seen.layout)
    except StateError as problem:
        return [str(problem)]
    names = sorted(n for n in held.keys() - lessees if about_all or n in profiles)
    return [f"profile {name}: holds slot {held[name]}" for name in names]
