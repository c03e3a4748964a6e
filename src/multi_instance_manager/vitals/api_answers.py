"""Parses an instance's answers over HTTP. Pure.

A container may answer anything. A malformed answer gives None, like a missing one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.text.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    from multi_instance_manager.application.definition import ModelsPath, QueuePath, UptimePath

_LONGEST_S = 10 * 365 * 86400.0


class Queue(msgspec.Struct, frozen=True):
    """The queue: waiting requests, the age of the oldest, and whether one is served."""

    waiting: int
    oldest_wait_s: float
    is_running: bool


def queue_of(body: bytes, path: QueuePath) -> Queue | None:
    """Return the queue, or None."""
    document = _object(body)
    items = document.get(path.items) if document else None
    if document is None or not isinstance(items, list):
        return None
    found = [_seconds(item.get(path.wait_s)) for item in items if isinstance(item, dict)]
    waits = [wait for wait in found if wait is not None]
    is_running = document.get(path.running) is True if path.running else False
    return Queue(len(items), max(waits, default=0.0), is_running)


def lacks_models(body: bytes, path: ModelsPath) -> bool | None:
    """Whether its only model is the one that means no list; None: unknown."""
    document = _object(body)
    models = document.get("data") if document else None
    if path.fallback_owner is None or not isinstance(models, list):
        return None
    owners = [one.get("owned_by") for one in models if isinstance(one, dict)]
    return owners == [path.fallback_owner]


def uptime_of(body: bytes, path: UptimePath) -> float | None:
    """Return the uptime of its main process, in seconds."""
    document = _object(body)
    return _seconds(document.get(path.seconds)) if document else None


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        document: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    except JSON_FAULTS:
        return None
    return document


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < _LONGEST_S else None
