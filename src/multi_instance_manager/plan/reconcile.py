"""From what is wanted and what the engine shows to a plan.

Pure, and total: every state of a container has an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.fleet.container_names import ASIDE_SUFFIX
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.fleet.networks import lost_networks, publishes_nothing
from multi_instance_manager.plan.causes import (
    UNCHANGED,
    Cause,
    CauseCode,
    lost_network,
    without_repeats,
)
from multi_instance_manager.plan.drift import drift_of, image_cause
from multi_instance_manager.plan.plan import WITHOUT_EFFECT, Operation, OperationKind, Plan
from multi_instance_manager.sessions.sync_state import OWNER_CHANGED, Custody

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from multi_instance_manager.fleet.containers import Fleet, ObservedContainer
    from multi_instance_manager.plan.spec import InstanceSpec

_NOT_TO_START_ON = {
    Custody.TORN: Cause(CauseCode.COPY_DAMAGED),
    Custody.LOGIN_LOST: Cause(CauseCode.COPY_LOST_LOGIN),
}


class ReconcileContext(msgspec.Struct, frozen=True):
    """What else decides, by container name where it is about one instance.

    ``stopping`` are containers that an earlier run was stopping when it was cut short;
    ``known_before`` those whose files are there, and ``launched_before`` those that were launched
    at any time; ``quarantined`` reasons and ``proven``
    both by container ID; ``refused`` container names of profiles that cannot be launched;
    ``disabled`` profile names by the container names of those that are not to be launched;
    ``differences``, by container ID, are how one stands otherwise than it was made, and
    ``detached`` those that save elsewhere than in their folder; ``renamed`` are the containers that
    instances had under the profile's name from before; ``networks`` the names of the
    engine's networks by their IDs, None where they are not known.
    """

    custody: Mapping[str, Custody] = msgspec.field(default_factory=dict)
    differences: Mapping[str, tuple[Cause, ...]] = msgspec.field(default_factory=dict)
    detached: frozenset[str] = frozenset()
    secret_changes: Mapping[str, tuple[Cause, ...]] = msgspec.field(default_factory=dict)
    proven: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    disabled: Mapping[str, str] = msgspec.field(default_factory=dict)
    stopping: frozenset[str] = frozenset()
    known_before: frozenset[str] = frozenset()
    launched_before: frozenset[str] = frozenset()
    quarantined: Mapping[str, str] = msgspec.field(default_factory=dict)
    renamed: Mapping[str, ObservedContainer] = msgspec.field(default_factory=dict)
    networks: Mapping[str, str] | None = None
    retry: bool = False
    recreate: bool = False
    remove_orphans: bool = False


def reconcile(wanted: Sequence[InstanceSpec], fleet: Fleet, given: ReconcileContext) -> Plan:
    """The plan that makes the engine show what is wanted."""
    operations = [_for_spec(spec, fleet, given) for spec in wanted]
    operations += _for_disabled(fleet, given.disabled)
    names = {spec.profile_name for spec in wanted}
    launched = {spec.container_name for spec in wanted}
    renamed = {c.container_id for name, c in given.renamed.items() if name in launched}
    strays = [stray for stray in fleet.strays if stray.container_id not in renamed]
    operations += [_for_stray(stray, given, names) for stray in strays]
    return Plan(tuple(_ordered_by_ports(operations)))


def _for_spec(spec: InstanceSpec, fleet: Fleet, given: ReconcileContext) -> Operation:
    name = spec.container_name
    current, aside = fleet.current.get(name), fleet.aside.get(name)
    if name in given.renamed:
        return _for_renamed(spec, current, given.renamed[name], given)
    if current is None:
        return _without_current(spec, aside, fleet.legacy.get(name), given)
    if aside is not None:
        return _for_interrupted(spec, current, aside, given)
    causes = _replacement_causes(spec, current, given)
    if causes:
        return _operation(OperationKind.REPLACE, spec, causes, old=current)
    reason = given.quarantined.get(current.container_id)
    if reason and not given.retry and not current.is_up:
        stopped = Cause(CauseCode.QUARANTINED, after=reason)
        return _operation(OperationKind.QUARANTINED, spec, (stopped,), current=current)
    kind, cause = _by_state(current.state)
    if kind is OperationKind.KEEP and name in given.stopping:
        kind, cause = OperationKind.START, Cause(CauseCode.STOP_CUT_SHORT)
    return _operation(kind, spec, (cause,), current=current)


def _operation(
    kind: OperationKind,
    spec: InstanceSpec,
    causes: Iterable[Cause],
    *,
    current: ObservedContainer | None = None,
    old: ObservedContainer | None = None,
    discard: tuple[ObservedContainer, ...] = (),
) -> Operation:
    return Operation(
        kind,
        spec.profile_name,
        spec.container_name,
        tuple(causes),
        spec=spec,
        current=current,
        old=old,
        discard=discard,
    )


def _without_current(
    spec: InstanceSpec,
    aside: ObservedContainer | None,
    legacy: ObservedContainer | None,
    given: ReconcileContext,
) -> Operation:
    """No container of ours has the name: a new profile, or a replacement that was cut short."""
    if legacy is not None:
        cause = Cause(CauseCode.EARLIER_SCRIPT)
        discard = (aside,) if aside else ()
        return _operation(OperationKind.REPLACE, spec, (cause,), old=legacy, discard=discard)
    if aside is None:
        return _operation(
            OperationKind.CREATE, spec, (_creation_cause(spec.container_name, given),)
        )
    interrupted = Cause(CauseCode.REPLACEMENT_INTERRUPTED)
    causes = _replacement_causes(spec, aside, given)
    if causes:
        return _operation(OperationKind.REPLACE, spec, (*causes, interrupted), old=aside)
    return _operation(OperationKind.RESTORE, spec, (interrupted,), current=aside)


def _creation_cause(container_name: str, given: ReconcileContext) -> Cause:
    if container_name in given.known_before:
        return Cause(CauseCode.CONTAINER_GONE)
    was_launched = container_name in given.launched_before
    return Cause(CauseCode.NO_CONTAINER if was_launched else CauseCode.PROFILE_IS_NEW)


def _for_interrupted(
    spec: InstanceSpec,
    current: ObservedContainer,
    aside: ObservedContainer,
    given: ReconcileContext,
) -> Operation:
    """A replacement whose new container exists, and the old one still; it counts once proven.

    It was interrupted, or nobody waited for it: nothing tells which.
    """
    is_proven = current.container_id in given.proven
    code = CauseCode.PREDECESSOR_LEFT if is_proven else CauseCode.REPLACEMENT_UNPROVEN
    unfinished = Cause(code)
    causes = _replacement_causes(spec, current, given)
    if not causes and spec.container_name not in given.stopping:
        return _operation(OperationKind.FINISH, spec, (unfinished,), current=current, old=aside)
    if is_proven:
        why = causes or (unfinished,)
        return _operation(OperationKind.REPLACE, spec, why, old=current, discard=(aside,))
    return _operation(
        OperationKind.REPLACE, spec, (*causes, unfinished), old=aside, discard=(current,)
    )


def _for_renamed(
    spec: InstanceSpec,
    current: ObservedContainer | None,
    before: ObservedContainer,
    given: ReconcileContext,
) -> Operation:
    """Its profile had another name, under which its container stands."""
    old_name = before.ours.identity.profile_name if before.ours else before.name
    cause = Cause(CauseCode.RENAMED, before=old_name)
    if current is None:
        return _operation(OperationKind.REPLACE, spec, (cause,), old=before)
    causes = _replacement_causes(spec, current, given)
    if causes or spec.container_name in given.stopping:
        return _operation(
            OperationKind.REPLACE, spec, (cause, *causes), old=before, discard=(current,)
        )
    return _operation(OperationKind.FINISH, spec, (cause,), current=current, old=before)


def _by_state(state: ContainerState) -> tuple[OperationKind, Cause]:
    if state is ContainerState.RUNNING:
        return OperationKind.KEEP, UNCHANGED
    if state is ContainerState.CREATED:
        return OperationKind.START, Cause(CauseCode.NEVER_STARTED)
    if state is ContainerState.RESTARTING:
        return OperationKind.START, Cause(CauseCode.KEEPS_RESTARTING)
    return OperationKind.START, Cause(CauseCode.IN_STATE, after=state)


def _replacement_causes(
    spec: InstanceSpec, container: ObservedContainer, given: ReconcileContext
) -> tuple[Cause, ...]:
    """Why the container cannot stay as it is; empty where it can."""
    causes: list[Cause] = []
    if container.state in {ContainerState.DEAD, ContainerState.REMOVING}:
        causes.append(Cause(CauseCode.CONTAINER_UNUSABLE, after=container.state))
    labels = container.ours
    causes += image_cause(spec, container)
    if labels is None or labels.spec_hash != spec.hash:
        causes += drift_of(spec, labels)
    causes += given.secret_changes.get(spec.container_name, ())
    custody = given.custody.get(spec.container_name, Custody.IN_SYNC)
    if custody in OWNER_CHANGED:
        causes.append(Cause(CauseCode.OWNER_REPLACED))
    if custody in _NOT_TO_START_ON and not container.is_up:
        causes.append(_NOT_TO_START_ON[custody])
    if custody is Custody.NO_COPY:
        causes.append(Cause(CauseCode.COPY_GONE))
    elif container.container_id in given.detached:
        causes.append(Cause(CauseCode.FOLDER_REPLACED))
    lost = lost_networks(container, given.networks)
    causes += [lost_network(name, given.networks) for name in lost]
    if publishes_nothing(container):
        causes.append(Cause(CauseCode.UNREACHABLE))
    if given.recreate:
        causes.append(Cause(CauseCode.RECREATE))
    return without_repeats(causes) or given.differences.get(container.container_id, ())


def _for_disabled(fleet: Fleet, disabled: Mapping[str, str]) -> list[Operation]:
    """A container whose profile is not to be launched goes, and its session goes to the pool.

    Its private files bear the profile's own name, and go with the container that is alone, or that
    has that name.
    """
    cause = Cause(CauseCode.PROFILE_DISABLED)
    operations = []
    for name, profile_name in disabled.items():
        current, aside = fleet.current.get(name), fleet.aside.get(name)
        named = [(aside.name, aside)] if current and aside else []
        named += [(name, last)] if (last := current or aside) else []
        operations += [
            Operation(OperationKind.REMOVE, profile_name, own_name, (cause,), current=container)
            for own_name, container in named
        ]
    return operations


def _for_stray(
    stray: ObservedContainer, given: ReconcileContext, profile_names: set[str]
) -> Operation:
    labels = stray.ours
    profile_name = labels.identity.profile_name if labels else stray.name
    refused = stray.name.removesuffix(ASIDE_SUFFIX) in given.refused
    code = CauseCode.PROFILE_UNUSABLE if refused else CauseCode.PROFILE_GONE
    if profile_name in profile_names:
        code = CauseCode.OTHER_NAME
    removing = given.remove_orphans and not refused
    return Operation(
        OperationKind.REMOVE if removing else OperationKind.ORPHAN,
        profile_name,
        stray.name,
        (Cause(code),),
        current=stray,
    )


def _ordered_by_ports(operations: Sequence[Operation]) -> list[Operation]:
    """Each operation after those whose containers hold a port that it needs."""
    holder_of: dict[int, str] = {}
    for operation in operations:
        if operation.kind in WITHOUT_EFFECT:
            continue
        for container in (operation.old, operation.current):
            for published in container.published if container else ():
                holder_of[published.port] = operation.container_name
    return [_after_holders(operation, holder_of) for operation in operations]


def _after_holders(operation: Operation, holder_of: Mapping[int, str]) -> Operation:
    needed = operation.spec.host_ports if operation.spec and operation.has_effect else ()
    holders = {holder_of[port] for port in needed if port in holder_of}
    after = tuple(sorted(holders - {operation.container_name}))
    return replace(operation, after=after) if after else operation
