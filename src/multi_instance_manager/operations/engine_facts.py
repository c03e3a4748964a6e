"""Gathers what the checks and the plan need to know of the engine. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from multi_instance_manager.engine.protocol import Image
from multi_instance_manager.errors import EngineError, EngineUnreachable
from multi_instance_manager.findings import Finding, error, finding_of, warning

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.engine.protocol import Reader
    from multi_instance_manager.observed import ObservedContainer
    from multi_instance_manager.settings import ImageChoice

_LEGACY_VARIABLE = "ACTIVE_AUTH_JSON_PATH"


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What the engine said. Without an engine, or where it failed, members are None.

    ``image`` always has the name asked for; its ID is empty where it is not there.
    """

    reader: Reader | None
    api_version: str | None
    image: Image
    containers: tuple[ObservedContainer, ...] | None
    findings: tuple[Finding, ...]

    def is_legacy(self, container: ObservedContainer) -> bool:
        """Whether the earlier script made a container: it carries the application's variable."""
        if self.reader is None:
            return False
        try:
            return _LEGACY_VARIABLE in self.reader.environment_names(container.container_id)
        except EngineError:
            return False


def gather_engine_facts(choice: ImageChoice, connect: Callable[[], Reader]) -> EngineFacts:
    """Ask once for each thing; what fails becomes one finding."""
    unknown = Image(choice.name, "")
    try:
        reader = connect()
        version = reader.describe().api_version
        image, findings = _image(reader, choice)
        containers = reader.list_containers()
    except EngineUnreachable as problem:
        return EngineFacts(None, None, unknown, None, (finding_of("engine", problem),))
    except EngineError as problem:
        found = error("engine", "engine", str(problem), "see its own log")
        return EngineFacts(None, None, unknown, None, (found,))
    return EngineFacts(reader, version, image, containers, findings)


def _image(reader: Reader, choice: ImageChoice) -> tuple[Image, tuple[Finding, ...]]:
    found = reader.find_image(choice.name)
    if found is not None:
        return found, ()
    if choice.fallback is not None:
        found = reader.find_image(choice.fallback)
    if found is None:
        return Image(choice.name, ""), (_image_missing(choice),)
    fact = f"does not exist; using {found.name} from a Compose build"
    step = "name one with --image to be sure"
    return found, (warning("image-fallback", f"image {choice.name}", fact, step),)


def _image_missing(choice: ImageChoice) -> Finding:
    also = f", nor does {choice.fallback}" if choice.fallback else ""
    step = "build it (`cd docker && docker compose build`), or name another with --image"
    return error("image", f"image {choice.name}", f"does not exist on this engine{also}", step)
