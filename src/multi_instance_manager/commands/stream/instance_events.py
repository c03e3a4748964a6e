"""What an engine's event means for an instance, in our words. Pure."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.fleet.container_names import ASIDE_SUFFIX
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.engine.protocol.watcher import EngineEvent

_WORDS = {
    "create": ("created", "was created"),
    "start": ("started", "started"),
    "stop": ("stopped", "was stopped"),
    "restart": ("restarted", "was restarted"),
    "oom": ("out-of-memory", "ran out of memory: the kernel killed a process in it"),
    "pause": ("paused", "was paused"),
    "unpause": ("resumed", "goes on after a pause"),
    "destroy": ("removed", "was removed"),
    "remove": ("removed", "was removed"),  # Podman's word
}
_SIGNALLED = 128
_MOST_DIGITS = 10  # a container's label may bear the attribute's name, with anything in it


class InstanceEvent(msgspec.Struct, frozen=True):
    """One event of one instance; ``kind`` and ``text`` are ours, not the engine's."""

    at_ns: int
    profile_name: str
    container_name: str
    container_id: str
    kind: str
    text: str
    exit_code: int | None = None
    health: str | None = None


def happening_of(event: EngineEvent, profile_name: str) -> InstanceEvent | None:
    """What a person wants to know of the event; None where it is of no interest."""
    action, _, detail = event.action.partition(":")
    name = event.attributes.get("name", "").removeprefix("/")
    exit_code, health = None, None
    if action in {"die", "died"}:
        exit_code = _number(event.attributes, "exitCode", "containerExitCode")
        kind, text = "ended", _ended(exit_code)
    elif action == "health_status":
        health = detail.strip() or event.attributes.get("health_status") or "unknown"
        kind, text = "health", f"says of its health: {printable(health)}"
    elif action == "rename":
        kind, text = _renamed(event.attributes.get("oldName", "").removeprefix("/"), name)
    elif action in _WORDS:
        kind, text = _WORDS[action]
    else:
        return None
    return InstanceEvent(
        event.at_ns, profile_name, name, event.container_id, kind, text, exit_code, health
    )


def _ended(exit_code: int | None) -> str:
    if exit_code is None:
        return "ended"
    if exit_code <= _SIGNALLED:
        return f"ended with exit code {exit_code}"
    try:
        name = signal.Signals(exit_code - _SIGNALLED).name
    except ValueError:
        return f"ended with exit code {exit_code}"
    return f"ended with exit code {exit_code} ({name})"


def _renamed(before: str, after: str) -> tuple[str, str]:
    if after.endswith(ASIDE_SUFFIX):
        return "set-aside", "was set aside for its replacement"
    if before.endswith(ASIDE_SUFFIX):
        return "brought-back", "was brought back: its replacement failed"
    return "renamed", f"was renamed from {printable(before)} to {printable(after)}"


def _number(attributes: object, *names: str) -> int | None:
    """The first of these attributes that is a number."""
    if not isinstance(attributes, dict):
        return None
    found = [str(attributes[name]) for name in names if name in attributes]
    numbers = (text for text in found if text.isascii() and text.isdigit())
    return next((int(text) for text in numbers if len(text) <= _MOST_DIGITS), None)
