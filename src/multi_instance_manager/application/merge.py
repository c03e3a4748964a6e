"""Merges overrides of single facts into the tables of a definition. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Lists of tables: an entry replaces the one with the same value of this key.
_KNOWN_BY = {"process": "name", "log": "contains"}
Path = tuple[str, ...]


class Merged(msgspec.Struct, frozen=True):
    """The merged tables, and the overridden facts by their path in the result."""

    tables: dict[str, Any]
    changed: tuple[Path, ...]


def merged(tables: Mapping[str, Any], changes: Mapping[str, Any]) -> Merged:
    """Merge tables by key; a value replaces, and ``false`` removes a fact.

    An entry of ``process`` or ``log`` replaces the one of the same ``name`` or ``contains``, else
    it is added; an empty list removes all. Neither argument is changed.
    """
    result = dict(tables)
    changed: list[Path] = []
    for key, change in changes.items():
        if key in _KNOWN_BY and isinstance(change, list) and change:
            result[key], numbers = _entries(result.get(key, []), change, _KNOWN_BY[key])
            changed += [(key, str(number)) for number in numbers]
        else:
            changed += [(key, *below) for below in _lay_over(result, key, change)]
    return Merged(result, tuple(changed))


def _lay_over(tables: dict[str, Any], key: str, change: Any) -> Iterator[Path]:
    if change is False:
        tables.pop(key, None)
        yield ()
    elif isinstance(change, dict):
        inner = tables.get(key)
        tables[key] = dict(inner) if isinstance(inner, dict) else {}
        for name, value in change.items():
            for below in _lay_over(tables[key], name, value):
                yield (name, *below)
    else:
        tables[key] = change
        yield ()


def _entries(before: list[Any], changes: list[Any], known_by: str) -> tuple[list[Any], list[int]]:
    """Return the merged list, and the places of the overrides, from 1."""
    result, places = list(before), []
    for change in changes:
        mark = change.get(known_by) if isinstance(change, dict) else None
        same = [n for n, e in enumerate(result) if mark is not None and _mark(e, known_by) == mark]
        if same:
            result[same[0]] = change
        else:
            result.append(change)
        places.append(same[0] + 1 if same else len(result))
    return result, places


def _mark(entry: Any, known_by: str) -> Any:
    return entry.get(known_by) if isinstance(entry, dict) else None
