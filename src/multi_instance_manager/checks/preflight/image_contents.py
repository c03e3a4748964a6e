"""Whether private files of the pool lie in the image, or would in the next one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.findings import Finding, warning
from multi_instance_manager.probe.build_exposure import _lines_to_add, image_finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.probe.build_exposure import BuildContext


def check_image_state(
    context: BuildContext | None, baked: Mapping[str, str | None]
) -> list[Finding]:
    """``baked`` has the folder with private files by the image's name: empty or None for none."""
    found = [image_finding(context, name, folder) for name, folder in baked.items() if folder]
    if found or context is None or not context.exposed:
        return found
    fact = (
        f"does not keep {' and '.join(context.exposed)} out of a build: the next image would hold "
        "logins, for every instance and everybody who gets the image"
    )
    return [warning("build-context", context.ignore_file, fact, _lines_to_add(context.exposed))]
