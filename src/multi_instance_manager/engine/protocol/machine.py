"""Looking closely at an engine: the ability that `doctor` and `explain` need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from multi_instance_manager.engine.protocol.machine_facts import EngineMachine, ImageMake

if TYPE_CHECKING:
    from collections.abc import Mapping


class Examiner(Protocol):
    """Reading calls that only a diagnosis makes."""

    def machine(self) -> EngineMachine:
        """The engine and its machine."""

    def image_make(self, name: str) -> ImageMake:
        """What a local image says of itself."""

    def bridged(self) -> int:
        """How many containers that are up hang on the engine's default bridge."""

    def inspection(self, reference: str) -> Mapping[str, Any]:
        """All that the engine tells of a container, secrets included."""
