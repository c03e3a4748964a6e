"""From what is wanted and what the engine shows to a plan.

Pure, and total: every state of a container has an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.custody_state import OWNER_CHANGED, Custody
from multi_instance_manager.naming import ASIDE_SUFFIX
from multi_instance_manager.networks import lost_networks, lost_sentence, publishes_nothing
from multi_instance_manager.observed import ContainerState
from multi_instance_manager.plan import (
    IMAGE_CHANGED,
    OWNER_REPLACED,
    WITHOUT_EFFECT,
    Kind,
    Operation,
    Plan,
)
from multi_instance_manager.spec import API_PORT, STREAM_PORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from multi_instance_manager.labels import InstanceLabels
    from multi_instance_manager.observed import Fleet, ObservedContainer
    from multi_instance_manager.spec import InstanceSpec

_SHORT_ID = 19
_NOT_TO_START_ON = {
    Custody.TORN: "its runtime copy is damaged",
    Custody.LOGIN_LOST: "its runtime copy has lost the login",
}


class Circumstances(msgspec.Struct, frozen=True):
    """What else decides, by container name where it is about one instance.

    ``stopping`` are containers that an earlier run was stopping when it was cut short;
    ``known_before`` those that have existed before; ``quarantined`` reasons and ``proven``
    both by container ID; ``refused`` container names of profiles that cannot be launched;
    ``disabled`` profile names by the container names of those that are not to be launched;
    ``differences``, by container ID, are how one stands otherwise than it was made, and
    ``detached`` those that save elsewhere than in their folder;
    ``networks`` the names of the engine's networks by their IDs, None where they are not known.
    """

    custody: Mapping[str, Custody] = msgspec.field(default_factory=dict)
    differences: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    detached: frozenset[str] = frozenset()
    secret_changes: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    proven: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    disabled: Mapping[str, str] = msgspec.field(default_factory=dict)
    stopping: frozenset[str] = frozenset()
    known_before: frozenset[str] = frozenset()
    quarantined: Mapping[str, str] = msgspec.field(default_factory=dict)
    networks: Mapping[str, str] | None = None
    retry: bool = False
    recreate: bool = False
    remove_orphans: bool = False


def reconcile(wanted: Sequence[InstanceSpec], fleet: Fleet, given: Circumstances) -> Plan:
    """The plan that makes the engine show what is wanted."""
    operations = [_for_spec(spec, fleet, given) for spec in wanted]
    operations += _for_disabled(fleet, given.disabled)
    names = {spec.profile_name for spec in wanted}
    operations += [_for_stray(stray, given, names) for stray in fleet.strays]
    return Plan(tuple(_ordered_by_ports(operations)))


def _for_spec(spec: InstanceSpec, fleet: Fleet, given: Circumstances) -> Operation:
    name = spec.container_name
    current, aside = fleet.current.get(name), fleet.aside.get(name)
    if current is None:
        return _without_current(spec, aside, fleet.legacy.get(name), given)
    if aside is not None:
        return _for_interrupted(spec, current, aside, given)
    causes = _replacement_causes(spec, current, given)
    if causes:
        return _operation(Kind.REPLACE, spec, causes, old=current)
    reason = given.quarantined.get(current.container_id)
    if reason and not given.retry and not current.is_up:
        return _operation(Kind.QUARANTINED, spec, (reason,), current=current)
    kind, cause = _by_state(current.state)
    if kind is Kind.KEEP and name in given.stopping:
        kind, cause = Kind.START, "was being stopped when an earlier run was cut short"
    return _operation(kind, spec, (cause,), current=current)


def _operation(
    kind: Kind,
    spec: InstanceSpec,
    causes: Iterable[str],
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
    given: Circumstances,
) -> Operation:
    """No container of ours has the name: a new profile, or a replacement that was cut short."""
    if legacy is not None:
        cause = "was started by the earlier script"
        discard = (aside,) if aside else ()
        return _operation(Kind.REPLACE, spec, (cause,), old=legacy, discard=discard)
    if aside is None:
        known = spec.container_name in given.known_before
        cause = "its container is gone" if known else "profile is new"
        return _operation(Kind.CREATE, spec, (cause,))
    interrupted = "an earlier replacement was interrupted"
    causes = _replacement_causes(spec, aside, given)
    if causes:
        return _operation(Kind.REPLACE, spec, (*causes, interrupted), old=aside)
    return _operation(Kind.RESTORE, spec, (interrupted,), current=aside)


def _for_interrupted(
    spec: InstanceSpec,
    current: ObservedContainer,
    aside: ObservedContainer,
    given: Circumstances,
) -> Operation:
    """An interrupted replacement whose new container exists; it counts only once proven."""
    interrupted = "an earlier replacement was interrupted"
    causes = _replacement_causes(spec, current, given)
    if not causes and spec.container_name not in given.stopping:
        return _operation(Kind.FINISH, spec, (interrupted,), current=current, old=aside)
    if current.container_id in given.proven:
        why = causes or (interrupted,)
        return _operation(Kind.REPLACE, spec, why, old=current, discard=(aside,))
    return _operation(Kind.REPLACE, spec, (*causes, interrupted), old=aside, discard=(current,))


def _by_state(state: ContainerState) -> tuple[Kind, str]:
    if state is ContainerState.RUNNING:
        return Kind.KEEP, "unchanged"
    if state is ContainerState.CREATED:
        return Kind.START, "was created but never started"
    if state is ContainerState.RESTARTING:
        return Kind.START, "keeps restarting"
    return Kind.START, f"is {state}"


def _replacement_causes(
    spec: InstanceSpec, container: ObservedContainer, given: Circumstances
) -> tuple[str, ...]:
    """Why the container cannot stay as it is; empty where it can."""
    causes: list[str] = []
    if container.state in {ContainerState.DEAD, ContainerState.REMOVING}:
        causes.append(f"its container is {container.state}")
    labels = container.ours
    causes += _image_cause(spec, container)
    if labels is None or labels.spec_hash != spec.hash:
        causes += _drift(spec, labels)
    causes += given.secret_changes.get(spec.container_name, ())
    custody = given.custody.get(spec.container_name, Custody.IN_SYNC)
    if custody in OWNER_CHANGED:
        causes.append(OWNER_REPLACED)
    if custody in _NOT_TO_START_ON and not container.is_up:
        causes.append(_NOT_TO_START_ON[custody])
    if custody is Custody.NO_COPY:
        causes.append("its runtime copy is gone")
    elif container.container_id in given.detached:
        causes.append("its session's folder was replaced under it")
    lost = lost_networks(container, given.networks)
    causes += [lost_sentence(name, given.networks) for name in lost]
    if publishes_nothing(container):
        causes.append("no port of this machine leads to it")
    if given.recreate:
        causes.append("asked for with --recreate")
    return tuple(causes) or given.differences.get(container.container_id, ())


def _drift(spec: InstanceSpec, labels: InstanceLabels | None) -> list[str]:
    """What differs between the wanted spec and the one that the container was made from."""
    if labels is None:
        return ["its labels are incomplete"]
    wanted = spec.labels()
    before, after = dict(labels.spec_parts), dict(wanted.spec_parts)
    changed = [part for part in after if before.get(part) != after[part]]
    if "image" in changed:
        changed.remove("image")  # said by what the container really runs
        if not changed and before.keys() <= after.keys():
            return []
    gone = [f"{part} is no longer set" for part in before if part not in after]
    causes = dict.fromkeys(_cause_of_part(part, labels, wanted) for part in changed)
    return [*causes, *gone] or ["was made by another version of the manager"]


def _image_cause(spec: InstanceSpec, container: ObservedContainer) -> list[str]:
    """By what the engine says that the container runs; its label may have come with a copy."""
    labels, now = container.ours, spec.image.image_id
    before = container.image_id or (labels.image_id if labels else "")
    if labels is None or _bare(before) == _bare(now):
        return []
    return [f"{IMAGE_CHANGED}: {before[:_SHORT_ID]} → {now[:_SHORT_ID] or 'none of that name'}"]


def _bare(image_id: str) -> str:
    return image_id.removeprefix("sha256:")


def _cause_of_part(part: str, before: InstanceLabels, after: InstanceLabels) -> str:
    old, new = before.identity, after.identity
    if part == API_PORT and old.api_port != new.api_port:
        return f"API port changed: {old.api_port} → {new.api_port}"
    if part == STREAM_PORT and old.stream_port != new.stream_port:
        return f"stream port changed: {old.stream_port} → {new.stream_port}"
    if part in {API_PORT, STREAM_PORT}:
        return "host address changed"
    return f"{part} changed"


def _for_disabled(fleet: Fleet, disabled: Mapping[str, str]) -> list[Operation]:
    """A container whose profile is not to be launched goes, and its session goes to the pool.

    Its private files bear the profile's own name, and go with the container that is alone, or that
    has that name.
    """
    cause = "its profile is disabled in the configuration"
    operations = []
    for name, profile_name in disabled.items():
        current, aside = fleet.current.get(name), fleet.aside.get(name)
        named = [(aside.name, aside)] if current and aside else []
        named += [(name, last)] if (last := current or aside) else []
        operations += [
            Operation(Kind.REMOVE, profile_name, own_name, (cause,), current=container)
            for own_name, container in named
        ]
    return operations


def _for_stray(
    stray: ObservedContainer, given: Circumstances, profile_names: set[str]
) -> Operation:
    labels = stray.ours
    profile_name = labels.identity.profile_name if labels else stray.name
    refused = stray.name.removesuffix(ASIDE_SUFFIX) in given.refused
    cause = "its profile cannot be used" if refused else "profile is gone"
    if profile_name in profile_names:
        cause = "does not bear the name of its profile's container"
    removing = given.remove_orphans and not refused
    return Operation(
        Kind.REMOVE if removing else Kind.ORPHAN,
        profile_name,
        stray.name,
        (cause,),
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
