"""Looking closely at an engine over the Docker Engine API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multi_instance_manager.engine.machine import bridged_of, image_make_of, machine_of
from multi_instance_manager.engine.mapping import mapped, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker import APIClient

    from multi_instance_manager.machine import ImageMake, Machine


class DockerExaminer:
    """Asks one engine."""

    def __init__(self, client: APIClient) -> None:
        self._client = client

    def machine(self) -> Machine:
        """The engine and its machine."""
        with mapped("asking the engine about its machine"):
            return machine_of(self._client.info())

    def image_make(self, name: str) -> ImageMake:
        """What a local image says of itself."""
        with mapped(f"looking at image {name}"):
            return image_make_of(self._client.inspect_image(name))  # type: ignore[no-untyped-call]

    def bridged(self) -> int:
        """How many containers that are up hang on the engine's default bridge."""
        with mapped("counting containers"):
            return bridged_of(self._client.containers())

    def inspection(self, reference: str) -> Mapping[str, Any]:
        """All that the engine tells of a container."""
        with mapped(f"inspecting {short(reference)}"):
            details: dict[str, Any] = self._client.inspect_container(reference)
            return details
