"""The events of an execution, as data. The core emits them; renderers draw. Pure."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec


class Phase(StrEnum):
    """The phases of an instance."""

    STOPPING = "stopping"
    HARVESTED = "session saved"
    CREATING = "creating"
    STARTING = "starting"
    PROBING = "waiting until ready"
    PROVING = "proving"
    ROLLING_BACK = "rolling back"
    READY = "ready"
    STARTED = "started"
    STOPPED = "stopped"
    SYNCED = "synced"
    REMOVED = "removed"
    FAILED = "failed"


LAST_PHASES = frozenset(
    {Phase.READY, Phase.STARTED, Phase.STOPPED, Phase.SYNCED, Phase.REMOVED, Phase.FAILED}
)


class Event(msgspec.Struct, frozen=True):
    """One step of one instance."""

    profile_name: str
    container_name: str
    phase: Phase
    detail: str = ""


Sink = Callable[[Event], None]


def ignore(event: Event) -> None:
    """A sink that ignores all events."""
    del event
