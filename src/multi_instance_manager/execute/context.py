"""What every step of an execution works with."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.execute.process_looks import ProcessLooks
from multi_instance_manager.plan import mounts
from multi_instance_manager.progress import Event, Phase, Sink
from multi_instance_manager.proof.expectation import Expectation, empty_folders, own_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from multi_instance_manager.engine.protocol.engine import Engine
    from multi_instance_manager.execute.outage_slots import ConcurrencySlots
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.sessions.custodian import Custodian
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.state.journal import Journal
    from multi_instance_manager.state.layout import StateLayout
    from multi_instance_manager.text.secret import Secret


class ExecutionContext(msgspec.Struct, frozen=True):
    """The engine, the sessions and the person's wishes; shared by all threads of one run.

    ``engine_calls`` bounds the calls that create, start and stop, ``outages`` the replacements that
    are between two containers; ``stop`` is set when the person interrupts. ``pool_files`` are the
    profiles' files by profile name, ``remarks`` notes for the outcomes, ``clean_images``
    those (by ID) that were seen to hold no login. ``expectations`` are, by container name, what
    instances that are taken as they stand are proven against. ``redact`` takes secrets out of a
    container's words; ``processes`` looks at those of all containers. ``detached`` are, by
    container ID, the folders where instances save that do not save in their own.
    """

    engine: Engine
    custodian: Custodian
    layout: StateLayout
    settings: Settings
    host: mounts.Host
    journal: Journal
    emit: Sink
    pool_files: Mapping[str, Path]
    proven_at: Mapping[str, float]
    engine_calls: ConcurrencySlots
    outages: ConcurrencySlots
    stop: threading.Event = msgspec.field(default_factory=threading.Event)
    expectations: Mapping[str, Expectation] = msgspec.field(default_factory=dict)
    clean_images: set[str] = msgspec.field(default_factory=set)
    remarks: dict[str, list[str]] = msgspec.field(default_factory=dict)
    redact: Callable[[str], str] = lambda text: text
    processes: ProcessLooks = msgspec.field(default_factory=ProcessLooks)
    detached: Mapping[str, str] = msgspec.field(default_factory=dict)

    def tell(self, operation: Operation, phase: Phase, detail: str = "") -> None:
        """Emit an event and note the step; that nobody can be told is no reason to fail."""
        with suppress(Exception):
            self.emit(Event(operation.profile_name, operation.container_name, phase, detail))
        self.journal.note(operation.container_name, phase, detail)

    def remark(self, operation: Operation, note: str) -> None:
        """Emit what was put right on the way, and keep it for the instance's outcome."""
        self.tell(operation, Phase.HARVESTED, note)
        self.remarks.setdefault(operation.container_name, []).append(note)

    def key_to_write(self, profile_name: str) -> Secret | None:
        """The key for the private key file; None where there is none, or the host's own rules."""
        own = self.settings.of(profile_name)
        if own.application.paths.key_file is None or mounts.host_key_rules(own, self.host):
            return None
        return own.api_key

    def expectation(self, spec: InstanceSpec) -> Expectation:
        """What an instance's proof is held against."""
        standing = self.expectations.get(spec.container_name)
        if standing is not None:
            return standing
        application = self.settings.application
        pool_visible = mounts.sees_pool(self.settings)
        folders = own_folders(application.paths, pool_visible=pool_visible)
        copy = self.layout.copy(spec.container_name, spec.profile_name)
        key = mounts.effective_key(self.settings.of(spec.profile_name), self.host)
        return Expectation(
            spec,
            copy,
            key,
            folders,
            application,
            requires_stream=self.settings.require_stream,
            saved_copy=self.layout.saved_copy(spec.container_name, spec.profile_name),
            empty_folders=empty_folders(application.paths, pool_visible=pool_visible),
            private_dirs=() if pool_visible else (self.host.pool_dir, str(self.layout.top)),
        )
