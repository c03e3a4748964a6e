"""Chooses the API key among its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.settings.key_file import (
    ClosedKeyFile,
    NoKeyFile,
    random_key,
    read_key_file,
)
from multi_instance_manager.settings.key_source import KeyKind, KeySource
from multi_instance_manager.settings.options import DEFAULT_API_KEY
from multi_instance_manager.settings.origin import Source
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.text.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.settings.reading import OptionValues

_KINDS = {
    Source.FLAG: KeyKind.COMMAND_LINE,
    Source.VARIABLE: KeyKind.VARIABLE,
    Source.FILE: KeyKind.CONFIG_FILE,
}
_WAYS = ("api_key", "api_key_file", "generate_api_key")


def choose_key(reading: OptionValues, state_dir: Path) -> tuple[Secret, KeySource]:
    """Return the key and its source; problems go to the reading.

    A generated key stays in force unless another is set: falling back to the public default would
    open the instances.
    """
    way = reading.strongest(_WAYS, "each says the API key")
    if way == "api_key":
        kind = _KINDS[reading.values[way].origin.source]
        path = reading.file.path if kind is KeyKind.CONFIG_FILE else None
        return reading[way], KeySource(kind, path)
    if way == "api_key_file":
        return _out_of_file(reading, reading.given.working_dir / reading[way])
    prefix = reading["container_prefix"] or ""
    return _kept(reading, state_dir, prefix, wanted=way is not None)


def _out_of_file(reading: OptionValues, path: Path) -> tuple[Secret, KeySource]:
    try:
        found = read_key_file(path)
    except ValueError as problem:
        named = f"{reading.name_of('api_key_file')} {reading['api_key_file']!r}"
        reading.problems.append(f"{named}: {problem}")
        return Secret(DEFAULT_API_KEY), KeySource()
    return found.key, KeySource(KeyKind.KEY_FILE, path, found.is_open)


def _kept(
    reading: OptionValues, state_dir: Path, prefix: str, *, wanted: bool
) -> tuple[Secret, KeySource]:
    """Return the generated key; else a new one if requested; else the default."""
    path = StateLayout(state_dir, prefix).kept_key
    try:
        return read_key_file(path).key, KeySource(KeyKind.GENERATED, path)
    except NoKeyFile:
        pass
    except ClosedKeyFile:
        reading.problems.append(
            f"state folder {state_dir}: is closed to this user, who cannot look for the API key "
            "of this pool; run this as its owner"
        )
    except ValueError as problem:
        reading.problems.append(f"the generated API key in {path}: {problem}")
    if wanted:
        return Secret(random_key()), KeySource(KeyKind.TO_BE_KEPT, path)
    return Secret(DEFAULT_API_KEY), KeySource()
