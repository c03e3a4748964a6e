"""What the proof of an instance that stands is held against: how it was launched. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.engine.protocol.engine import Image
from multi_instance_manager.plan import mounts
from multi_instance_manager.plan.launched import LaunchedAs, standing_of
from multi_instance_manager.proof.expectation import Expectation
from multi_instance_manager.text.secret import Secret

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.fleet.containers import ObservedContainer


def expectation_of(seen: Survey, container_name: str, container: ObservedContainer) -> Expectation:
    """The expectation for a container of ours, by its labels and its private key file.

    ``container_name`` is that of its private files.
    """
    standing = standing_in(seen, container_name, container)
    profile_name = standing.spec.profile_name
    return Expectation(
        standing.spec,
        seen.layout.copy(container_name, profile_name),
        _key(seen, standing),
        standing.own_folders,
        seen.settings.application,
        requires_stream=seen.settings.require_stream,
        saved_copy=seen.layout.saved_copy(container_name, profile_name),
        empty_folders=standing.empty_folders,
    )


def standing_in(seen: Survey, container_name: str, container: ObservedContainer) -> LaunchedAs:
    """How a container of ours was launched."""
    image = Image(container.image_name, container.image_id)
    return standing_of(
        container_name,
        container,
        image,
        seen.layout,
        seen.settings.application,
        [seen.settings.host_ip],
    )


def key_of(seen: Survey, container_name: str, container: ObservedContainer) -> Secret | None:
    """The key that a container was launched with; None for one that is none of ours."""
    if container.ours is None:
        return None
    return _key(seen, standing_in(seen, container_name, container))


def _key(seen: Survey, standing: LaunchedAs) -> Secret:
    """The key that it was launched with; where that is not to be had, the one wanted now."""
    host, settings = seen.facts.host, seen.settings.of(standing.spec.profile_name)
    if not standing.has_own_key and host.host_keys:
        return host.host_keys[0]
    try:
        text = seen.layout.key_file(standing.spec.container_name).read_text(errors="replace")
    except OSError:
        return mounts.effective_key(settings, host)
    return Secret(text.strip())
