"""A container-create payload while options are written to it. Pure.

Merges a value with the existing payload: a scalar replaces, a list grows, a map gets entries. Paths
are dotted keys of the Engine API (`HostConfig.Memory`).
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Payload = dict[str, Any]


class Draft:
    """A private copy of a payload; the caller's payload is never changed."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self.payload: Payload = copy.deepcopy(dict(payload))

    def get(self, path: str, default: Any = None) -> Any:
        """Return the value at a path; the default if any part of it is absent or null."""
        found: Any = self.payload
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        return default if found is None else found

    def set(self, path: str, value: Any) -> None:
        """Set the value at a path, creating the objects on the way."""
        *parents, last = path.split(".")
        target = self.payload
        for key in parents:
            if not isinstance(target.get(key), dict):
                target[key] = {}
            target = target[key]
        target[last] = value

    def extend(self, path: str, items: Sequence[Any]) -> None:
        """Add items to the list at a path."""
        self.set(path, [*self.get(path, []), *items])

    def update(self, path: str, entries: Mapping[str, Any]) -> None:
        """Add or replace entries of the map at a path."""
        self.set(path, {**self.get(path, {}), **entries})


def scalar(path: str) -> Callable[[Draft, Sequence[Any]], None]:
    """Replace the value at the path with the last value given."""

    def write(draft: Draft, values: Sequence[Any]) -> None:
        draft.set(path, values[-1])

    return write


def appended(path: str) -> Callable[[Draft, Sequence[Any]], None]:
    """Add every value given to the list at the path."""

    def write(draft: Draft, values: Sequence[Any]) -> None:
        draft.extend(path, values)

    return write


def entries(path: str) -> Callable[[Draft, Sequence[Any]], None]:
    """Add every (key, value) given to the map at the path; the last one of a key wins."""

    def write(draft: Draft, values: Sequence[Any]) -> None:
        draft.update(path, dict(values))

    return write
