"""Looking closely at an engine over the Docker Engine API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from multi_instance_manager.engine.docker.machine_answers import (
    bridged_of,
    image_make_of,
    machine_of,
)
from multi_instance_manager.engine.wire.mapping import mapped, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.engine.protocol.machine_facts import EngineMachine, ImageMake
    from multi_instance_manager.engine.wire.api import Api


class DockerExaminer:
    """Asks one engine."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def machine(self) -> EngineMachine:
        """The engine and its machine."""
        action = "asking the engine about its machine"
        with mapped(action):
            return machine_of(self._api.get(action, "/info"))

    def image_make(self, name: str) -> ImageMake:
        """What a local image says of itself."""
        action = f"looking at image {name}"
        with mapped(action):
            return image_make_of(self._api.get(action, f"/images/{quote(name)}/json"))

    def bridged(self) -> int:
        """How many containers that are up hang on the engine's default bridge."""
        action = "counting containers"
        with mapped(action):
            return bridged_of(self._api.get(action, "/containers/json"))

    def inspection(self, reference: str) -> Mapping[str, Any]:
        """All that the engine tells of a container."""
        action = f"inspecting {short(reference)}"
        details: dict[str, Any] = self._api.get(
            action, f"/containers/{quote(reference, safe='')}/json"
        )
        return details
