"""The results of commands: each report is one versioned JSON document. Pure.

A report carries no formatting; `render` turns it into text.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


def published() -> dict[str, type[msgspec.Struct]]:
    """Return every document with a schema of its own, by the schema's name."""
    return dict(sorted(_tagged()))


def _tagged() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    for module in pkgutil.iter_modules(__path__):
        found = importlib.import_module(f"{__name__}.{module.name}")
        for member in vars(found).values():
            if isinstance(member, type) and issubclass(member, msgspec.Struct):
                config = member.__struct_config__
                if config.tag_field == "schema" and isinstance(config.tag, str):
                    yield config.tag, member
