"""How a container differs from the one that is wanted, as causes of its replacement. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.plan.plan import IMAGE_CHANGED
from multi_instance_manager.plan.spec import API_PORT, STREAM_PORT

if TYPE_CHECKING:
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.fleet.labels import InstanceLabels
    from multi_instance_manager.plan.spec import InstanceSpec

_SHORT_ID = 19


def drift_of(spec: InstanceSpec, labels: InstanceLabels | None) -> list[str]:
    """What differs between the wanted spec and the one that the container was made from."""
    if labels is None:
        return ["its labels are incomplete"]
    wanted = spec.labels()
    before, after = dict(labels.spec_parts), dict(wanted.spec_parts)
    changed = [part for part in after if before.get(part) != after[part]]
    if "image" in changed:
        changed.remove("image")  # said by what the container really runs
        if not changed and before.keys() <= after.keys():
            return []
    gone = [f"{part} is no longer set" for part in before if part not in after]
    causes = dict.fromkeys(_cause_of_part(part, labels, wanted) for part in changed)
    return [*causes, *gone] or ["was made by another version of the manager"]


def image_cause(spec: InstanceSpec, container: ObservedContainer) -> list[str]:
    """By what the engine says that the container runs; its label may have come with a copy."""
    labels, now = container.ours, spec.image.image_id
    before = container.image_id or (labels.image_id if labels else "")
    if labels is None or _bare(before) == _bare(now):
        return []
    return [f"{IMAGE_CHANGED}: {before[:_SHORT_ID]} → {now[:_SHORT_ID] or 'none of that name'}"]


def _bare(image_id: str) -> str:
    return image_id.removeprefix("sha256:")


def _cause_of_part(part: str, before: InstanceLabels, after: InstanceLabels) -> str:
    old, new = before.identity, after.identity
    if part == API_PORT and old.api_port != new.api_port:
        return f"API port changed: {old.api_port} → {new.api_port}"
    if part == STREAM_PORT and old.stream_port != new.stream_port:
        return f"stream port changed: {old.stream_port} → {new.stream_port}"
    if part in {API_PORT, STREAM_PORT}:
        return "host address changed"
    return f"{part} changed"
