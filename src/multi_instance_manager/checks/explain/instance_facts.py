"""Everything that is known of one instance, as of one moment. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.plan.causes import causes_text
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.sessions.login_state import LoginSign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.engine.protocol.engine import ContainerStatus
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.host.port_holder import Holder
    from multi_instance_manager.plan.causes import CauseCode
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.vitals.rule_finding import Diagnosis


class Health(msgspec.Struct, frozen=True):
    """What an instance answers when it is asked whether it is ready, and its words.

    ``status`` is None where nobody answered; ``fault`` then says why. ``ready_status`` is the one
    by which it says that it serves.
    """

    status: int | None
    fault: str = ""
    words: str = ""
    ready_status: int = 200

    @property
    def is_ready(self) -> bool:
        """Whether it says that it serves."""
        return self.status == self.ready_status

    def sentence(self) -> str:
        """What it does, in words that follow a name."""
        if self.status is None:
            return self.fault
        return f"answers {self.status}" + (f" {self.words}" if self.words else "")


class InstanceFacts(msgspec.Struct, frozen=True):
    """One instance. Moments in seconds since the epoch.

    ``findings`` are those about its profile, its image, its name, or all instances. ``holders``
    are the foreign holders of its ports. ``restarts_by_itself`` says that the engine
    starts it again whenever its process ends, None that this is not known. ``diagnosis`` is the
    verdict on it by its vital signs, redacted; None where no engine answers. ``lost_network`` is
    what became of a network without which it cannot be started, in words. ``undone`` is why the
    replacement that `up` would make came to nothing the last time; empty where it did not.
    """

    profile_name: str
    container_name: str
    now: float
    has_profile: bool = True
    is_refused: bool = False
    is_disabled: bool = False
    findings: tuple[Finding, ...] = ()
    operation: Operation | None = None
    container: ObservedContainer | None = None
    aside: ObservedContainer | None = None
    status: ContainerStatus | None = None
    restarts_by_itself: bool | None = None
    health: Health | None = None
    diagnosis: Diagnosis | None = None
    login: LoginSign = LoginSign()
    ports: tuple[int, ...] | None = None
    api_url: str = ""
    image_name: str = ""
    holders: Mapping[int, tuple[Holder, ...]] = msgspec.field(default_factory=dict)
    custody: str = ""
    proven_at: float | None = None
    log_tail: tuple[str, ...] = ()
    log_files: tuple[str, ...] = ()
    journal: tuple[str, ...] = ()
    lost_network: str = ""
    undone: str = ""

    @property
    def state(self) -> ContainerState | None:
        """The container's state, None without one."""
        if self.status is not None:
            return self.status.state
        return self.container.state if self.container else None

    @property
    def causes(self) -> str:
        """Why `up` would do what it would do, in words."""
        return causes_text(self.operation.causes) if self.operation else ""

    def has_cause(self, code: CauseCode) -> bool:
        """Whether one of them is of this kind."""
        return self.operation is not None and self.operation.has_cause(code)

    @property
    def kind(self) -> OperationKind | None:
        """What `up` would do."""
        return self.operation.kind if self.operation else None

    @property
    def is_up(self) -> bool:
        """Whether its process is meant to run now."""
        return self.state is not None and self.state.is_up

    @property
    def engine_answers(self) -> bool:
        """Whether anything is known of containers at all."""
        return self.finding("engine") is None

    def finding(self, *codes: str) -> Finding | None:
        """The first finding of one of these codes."""
        return next((finding for finding in self.findings if finding.code in codes), None)

    def since(self, moment: float | None) -> float | None:
        """Seconds from then to now."""
        return None if moment is None else max(0.0, self.now - moment)
