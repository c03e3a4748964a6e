"""What is to be done, and why: an ordered list of operations that a person can read. Pure."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.plan.causes import causes_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.plan.causes import Cause, CauseCode
    from multi_instance_manager.plan.spec import InstanceSpec


class OperationKind(StrEnum):
    """The kinds of operation.

    FINISH proves an instance whose replacement was interrupted, then removes its predecessor.
    RESTORE brings back an instance that was set aside. ORPHAN only names a container, and so does
    QUARANTINED: that one was stopped because it kept crashing.

    The others are of commands about instances that stand, and no launch plans them. They take an
    instance as it is: STOP, RESTART (START again, where it is stopped), AWAIT (wait until it
    answers), DOWN (stop, harvest, remove with all its private files), SYNC (harvest alone).
    """

    KEEP = "keep"
    CREATE = "create"
    START = "start"
    REPLACE = "replace"
    FINISH = "finish"
    RESTORE = "restore"
    REMOVE = "remove"
    ORPHAN = "orphan"
    QUARANTINED = "quarantined"
    STOP = "stop"
    RESTART = "restart"
    AWAIT = "await"
    DOWN = "down"
    SYNC = "sync"


KIND_WIDTH = 8
WITHOUT_EFFECT = frozenset(
    {OperationKind.KEEP, OperationKind.ORPHAN, OperationKind.QUARANTINED, OperationKind.AWAIT}
)
LAUNCHING = frozenset(
    {
        OperationKind.CREATE,
        OperationKind.START,
        OperationKind.REPLACE,
        OperationKind.FINISH,
        OperationKind.RESTORE,
    }
)


class Operation(msgspec.Struct, frozen=True):
    """One step for one instance.

    ``current`` is the container it works on; ``old`` the one that comes back where the step fails;
    ``discard`` are those that the step makes superfluous. ``after`` names the containers whose own
    steps must end first, because they hold a port that this one needs.
    """

    kind: OperationKind
    profile_name: str
    container_name: str
    causes: tuple[Cause, ...]
    spec: InstanceSpec | None = None
    current: ObservedContainer | None = None
    old: ObservedContainer | None = None
    discard: tuple[ObservedContainer, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def has_effect(self) -> bool:
        """Whether carrying it out changes anything."""
        return self.kind not in WITHOUT_EFFECT

    @property
    def containers(self) -> tuple[ObservedContainer, ...]:
        """Every container that it is about."""
        candidates = (self.current, self.old, *self.discard)
        return tuple(container for container in candidates if container is not None)

    def line(self, width: int = KIND_WIDTH) -> str:
        """The operation in one line, with its causes; ``width`` is that of the first column."""
        return f"{self.kind:<{width}} {self.container_name}: {causes_text(self.causes)}"

    def has_cause(self, *codes: CauseCode) -> bool:
        """Whether one of its causes is of these kinds."""
        return any(cause.code in codes for cause in self.causes)


class Plan(msgspec.Struct, frozen=True):
    """All operations of one run, in the order of the profiles; orphans come last."""

    operations: tuple[Operation, ...] = ()

    @property
    def pending(self) -> tuple[Operation, ...]:
        """The operations that change something."""
        return tuple(operation for operation in self.operations if operation.has_effect)

    @property
    def launches(self) -> tuple[Operation, ...]:
        """The operations that end with an instance starting up."""
        return tuple(operation for operation in self.operations if operation.kind in LAUNCHING)

    @property
    def fingerprint(self) -> str:
        """A digest of what is to be done to which containers: another state gives another one."""
        described = [
            (
                operation.kind.value,
                operation.container_name,
                [msgspec.structs.astuple(cause) for cause in operation.causes],
                operation.spec.hash if operation.spec else "",
                [container.container_id for container in operation.containers],
            )
            for operation in self.operations
        ]
        return hashlib.sha256(json.dumps(described).encode()).hexdigest()

    def text(self) -> str:
        """The plan as text, one operation a line; empty for an empty plan."""
        width = kind_width(self.operations)
        return "\n".join(operation.line(width) for operation in self.operations)


def kind_width(operations: Iterable[Operation]) -> int:
    """How wide the first column must be for these to stand in one line."""
    return max((KIND_WIDTH, *(len(operation.kind) for operation in operations)))


def before_renaming(operation: Operation, old: ObservedContainer) -> Operation:
    """The operation under the name that the old container's profile has, or had."""
    labels = old.ours
    if labels is None or labels.identity.profile_name == operation.profile_name:
        return operation
    identity = labels.identity
    name = container_name_of(identity.fleet, identity.profile_name)
    return replace(operation, profile_name=identity.profile_name, container_name=name)
