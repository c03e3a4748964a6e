"""What the doctor's checks look at: gathered before, carried as plain data. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from multi_instance_manager.application.verdict import Verdict
    from multi_instance_manager.engine.protocol.machine_facts import EngineMachine, ImageMake
    from multi_instance_manager.files.folder_usability import FolderTrial
    from multi_instance_manager.findings import Finding
    from multi_instance_manager.probe.engine_location import EngineLocation
    from multi_instance_manager.settings.model import Settings


class HereFacts(msgspec.Struct, frozen=True):
    """The machine that the manager runs on; None where it does not tell. Sizes in bytes.

    ``*_trial``: what came of writing to a folder. ``stubs``: empty profiles in the shared folder in
    use, which the earlier script has left.
    """

    now: float
    available_memory_bytes: int | None = None
    state_free_bytes: int | None = None
    engine_free_bytes: int | None = None
    inotify_instances: int | None = None
    inotify_watches: int | None = None
    open_files: int | None = None
    pool_is_writable: bool = True
    state_trial: FolderTrial | None = None
    pool_trial: FolderTrial | None = None
    stubs: tuple[str, ...] = ()


class SeenImage(msgspec.Struct, frozen=True):
    """An image that the engine has; its make is None where the engine does not tell it."""

    name: str
    image_id: str
    make: ImageMake | None = None


class EngineSeen(msgspec.Struct, frozen=True):
    """The engine, as far as it answered.

    ``asked_at`` is this machine's clock when the engine was asked for its own. ``place`` is where
    it runs, as a launch sees it; None where that was not looked at.
    """

    endpoint: str
    api_version: str
    asked_at: float
    machine: EngineMachine | None = None
    images: tuple[SeenImage, ...] = ()
    bridged: int | None = None
    place: EngineLocation | None = None

    @property
    def is_virtual(self) -> bool:
        """Whether it runs in a virtual machine of this one."""
        return self.place is not None and self.place.is_virtual


class SeenInstance(msgspec.Struct, frozen=True):
    """An instance whose container is there: the verdict on it, and a sentence of its evidence."""

    profile_name: str
    verdict: Verdict
    seen: str
    next_step: str = ""


class Facts(msgspec.Struct, frozen=True):
    """Everything for one report.

    ``findings`` are those that `up` would make. ``up`` counts the pool's own containers that are
    up; ``ports`` are all host ports of the pool; ``missing`` are profiles that can be launched and
    have no container.
    """

    settings: Settings
    findings: tuple[Finding, ...]
    here: HereFacts
    engine: EngineSeen | None = None
    profiles: int = 0
    refused: int = 0
    up: int = 0
    ports: tuple[int, ...] = ()
    instances: tuple[SeenInstance, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def to_come(self) -> int:
        """How many instances a launch would add."""
        return max(0, self.profiles - self.up)

    @property
    def engine_is_here(self) -> bool:
        """Whether the engine's memory, disks and limits are this machine's."""
        place = self.engine.place if self.engine else None
        return place is not None and place.has_this_memory

    @property
    def limits_are_those_here(self) -> bool:
        """Whether this machine's limits are the ones that count; without an engine, most likely."""
        return self.engine is None or self.engine_is_here
