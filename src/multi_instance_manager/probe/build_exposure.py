"""What a build of the project folder would copy into the image, as data. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.findings import Finding, error

if TYPE_CHECKING:
    pass


class BuildContext(msgspec.Struct, frozen=True):
    """The project folder as the context of a build.

    ``ignore_file`` lists the exclusions; ``exposed`` are private folders that it does not exclude,
    relative to the project root.
    """

    ignore_file: str
    exposed: tuple[str, ...]


def image_finding(context: BuildContext | None, image_name: str, folder: str) -> Finding:
    """Return the finding for an image with private files: no instance may use it."""
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
