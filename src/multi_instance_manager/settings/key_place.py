"""Where the API key of an instance is kept. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.settings.key_source import KeyKind

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.settings.key_source import KeySource

CAN_ROTATE = frozenset({KeyKind.GENERATED, KeyKind.KEY_FILE})
"""The sources whose key lies in a file of its own."""

_STEPS = {
    KeyKind.DEFAULT: "is the public default; say generate-api-key = true, and run `up`",
    KeyKind.COMMAND_LINE: "comes from the command line; put it into a file, and pass "
    "--api-key-file",
    KeyKind.VARIABLE: "comes from a variable; put it into a file, and name that with API_KEY_FILE",
    KeyKind.CONFIG_FILE: "is in the configuration file; change it there and run `up`, or name a "
    "file with api-key-file",
    KeyKind.TO_BE_KEPT: "is not generated yet; run `up`, which generates it",
}


def why_no_file(source: KeySource) -> str:
    """Return why a key has no file of its own, and the next step."""
    return _STEPS[source.kind]


def file_before(path: Path) -> Path:
    """Return the file that keeps the key from before a rotation."""
    return path.with_name(f"{path.name}.old")
