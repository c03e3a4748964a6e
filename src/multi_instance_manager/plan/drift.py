"""How a container differs from the one that is wanted, as causes of its replacement. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.plan.causes import Cause, CauseCode
from multi_instance_manager.plan.spec import (
    API_PORT,
    EXTRA,
    NO_EXTRA,
    STREAM_PORT,
    option_of,
    part_digest,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.fleet.labels import InstanceLabels
    from multi_instance_manager.plan.spec import InstanceSpec

_ENV = "--env"


def drift_of(spec: InstanceSpec, labels: InstanceLabels | None) -> list[Cause]:
    """What differs between the wanted spec and the one that the container was made from."""
    if labels is None:
        return [Cause(CauseCode.LABELS_INCOMPLETE)]
    wanted = spec.labels()
    before, after = dict(labels.spec_parts), dict(wanted.spec_parts)
    compared = [part for part in after if option_of(part) is None]
    changed = [part for part in compared if before.get(part) != after[part]]
    if "image" in changed:
        changed.remove("image")  # said by what the container really runs
        if not changed and before.keys() <= after.keys():
            return []
    options = _of_options(before, after) if EXTRA in changed else []
    causes = [_cause_of_part(part, labels, wanted) for part in changed if part != EXTRA]
    lost = [part for part in before if part not in after and option_of(part) is None]
    gone = [Cause(CauseCode.PART_GONE, (part,)) for part in lost]
    return [*dict.fromkeys(causes), *options, *gone] or [Cause(CauseCode.OTHER_VERSION)]


def _of_options(before: Mapping[str, str], after: Mapping[str, str]) -> list[Cause]:
    """The extra options that differ, variables apart: the private record names those.

    An earlier version had one digest of all options: what changed cannot be named then.
    """
    differing = [part for part in {**after, **before} if before.get(part) != after.get(part)]
    flags = {part: flag for part in differing if (flag := option_of(part)) not in {None, _ENV}}
    were_named = before.get(EXTRA) == part_digest(EXTRA, NO_EXTRA) or any(map(option_of, before))
    if not flags or not were_named:
        return [Cause(CauseCode.EXTRA_CHANGED)]
    return [
        Cause(CauseCode.OPTION_CHANGED if part in after else CauseCode.OPTION_GONE, (str(flag),))
        for part, flag in flags.items()
    ]


def image_cause(spec: InstanceSpec, container: ObservedContainer) -> list[Cause]:
    """By what the engine says that the container runs; its label may have come with a copy."""
    labels, now = container.ours, spec.image.image_id
    before = container.image_id or (labels.image_id if labels else "")
    if labels is None or _bare(before) == _bare(now):
        return []
    names = (container.image_name, spec.image.name)
    return [Cause(CauseCode.IMAGE_CHANGED, names, before, now)]


def _bare(image_id: str) -> str:
    return image_id.removeprefix("sha256:")


def _cause_of_part(part: str, before: InstanceLabels, after: InstanceLabels) -> Cause:
    old, new = before.identity, after.identity
    ports = {
        API_PORT: (old.api_port, new.api_port),
        STREAM_PORT: (old.stream_port, new.stream_port),
    }
    was, becomes = ports.get(part, (None, None))
    if was != becomes:
        return Cause(CauseCode.PART_CHANGED, (part,), str(was), str(becomes))
    name = "host address" if part in ports else part
    return Cause(CauseCode.PART_CHANGED, (name,))
