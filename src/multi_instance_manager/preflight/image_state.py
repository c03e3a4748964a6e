"""Whether private files of the pool lie in the image, or would in the next one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.findings import Finding, error, warning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.build_context import BuildContext


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


def image_finding(context: BuildContext | None, image_name: str, folder: str) -> Finding:
    """An image that holds private files: no instance may be made of it."""
    fact = f"holds {folder}, with private files of a pool that every instance of it could read"
    ignore_file = ".dockerignore" if context is None else context.ignore_file
    lines = (folder.rpartition("/")[2],) if context is None else context.exposed
    step = "build it again"
    if lines:
        step = f"{_lines_to_add(lines)} to {ignore_file}, and build it again"
    return error("image-holds-logins", f"image {image_name}", fact, step)


def _lines_to_add(lines: tuple[str, ...]) -> str:
    quoted = " and ".join(f"`{line}/`" for line in lines)
    return f"add the line{'s' if len(lines) > 1 else ''} {quoted}"
