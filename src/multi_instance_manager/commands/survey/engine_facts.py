"""Gathers what the checks and the plan need to know of the engine. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.commands.survey.engine_location import find_place
from multi_instance_manager.engine.protocol.engine import Image
from multi_instance_manager.errors import EngineError, EngineUnreachable
from multi_instance_manager.findings import Finding, error, finding_of, warning
from multi_instance_manager.fleet.networks import depends_on_networks
from multi_instance_manager.probe.engine_location import EngineLocation, Reach

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.engine.protocol.engine import Reader
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.settings.model import ImageChoice
    from multi_instance_manager.text.secret import Secret


class EngineFacts(msgspec.Struct, frozen=True):
    """What the engine said. Without an engine, or where it failed, members are None.

    ``images`` has every image that was asked for; its ID is empty where it is not there.
    ``networks`` are asked for only where it matters: the names by the IDs, None without.
    """

    reader: Reader | None
    api_version: str | None
    images: Mapping[ImageChoice, Image]
    containers: tuple[ObservedContainer, ...] | None
    findings: tuple[Finding, ...]
    place: EngineLocation | None = None
    endpoint: str = ""
    url: str = ""
    container_proxies: tuple[tuple[str, Secret], ...] = ()
    networks: Mapping[str, str] | None = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether this machine's folders and loopback are not the engine's: nothing is probed."""
        return self.place is not None and self.place.reach is Reach.ELSEWHERE

    def image(self, choice: ImageChoice) -> Image:
        """The image that a choice leads to, with the name asked for where that is not known."""
        return self.images.get(choice, Image(choice.name, ""))

    def is_legacy(self, container: ObservedContainer, application: Application) -> bool:
        """Whether the earlier script made a container: it carries the application's variable."""
        reader = self.reader
        return reader is not None and is_of_the_earlier_script(reader, container, application)


def is_of_the_earlier_script(
    reader: Reader, container: ObservedContainer, application: Application
) -> bool:
    """Whether a container without our labels carries the variable that names its profile."""
    variable = application.variables.startup_profile
    try:
        return variable in reader.environment_names(container.container_id)
    except EngineError:
        return False


def gather_engine_facts(
    choices: Collection[ImageChoice],
    connect: Callable[[], Reader],
    *,
    names_networks: bool = False,
) -> EngineFacts:
    """Ask once for each thing; what fails becomes one finding.

    ``names_networks``: something is wanted that names a network of its own.
    """
    try:
        reader = connect()
        info = reader.describe()
        place = find_place(reader, info)
        found = {choice: _image(reader, choice) for choice in choices}
        containers = reader.list_containers()
        asks = names_networks or depends_on_networks(containers)
        networks = _networks(reader) if asks else None
    except EngineUnreachable as problem:
        return EngineFacts(None, None, {}, None, (finding_of("engine", problem),))
    except EngineError as problem:
        failed = error("engine", "engine", str(problem), "see its own log")
        return EngineFacts(None, None, {}, None, (failed,))
    return EngineFacts(
        reader=reader,
        api_version=info.api_version,
        images={choice: image for choice, (image, _) in found.items()},
        containers=containers,
        findings=tuple(finding for _, findings in found.values() for finding in findings),
        place=place,
        endpoint=info.endpoint,
        url=info.url,
        container_proxies=info.container_proxies,
        networks=networks,
    )


def _networks(reader: Reader) -> Mapping[str, str] | None:
    """None behind a proxy that lets little pass: the engine itself says it when it starts one."""
    try:
        return reader.list_networks()
    except EngineError:
        return None


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
    found = error("image", f"image {choice.name}", f"does not exist on this engine{also}", step)
    return replace(found, image_name=choice.name)
