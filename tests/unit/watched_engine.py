"""An engine in memory whose logs and events can be watched, and which can go away and come back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from multi_instance_manager.engine.protocol.engine import Reader
from multi_instance_manager.engine.protocol.watcher import (
    EngineEvent,
    LogLine,
    LogSpan,
    Masking,
    Watcher,
)
from multi_instance_manager.errors import EngineError, EngineUnreachable, NotFound
from multi_instance_manager.fleet import labels
from multi_instance_manager.fleet.containers import ContainerState, ObservedContainer
from unit.builders import ACTIVE

FLEET, ROOT = "ai-proxy", "/project"


def labels_of(profile_name: str) -> dict[str, str]:
    identity = labels.Identity(FLEET, ROOT, profile_name, 0, 2048, 3120)
    return labels.InstanceLabels(identity, "sha256:x", "v1:x", ()).as_mapping()


@dataclass
class Logged:
    """One container and what it has written; ``refusal`` is what reading it gives."""

    container_id: str
    profile_name: str
    name: str
    running: bool = True
    lines: list[LogLine] = field(default_factory=list)
    refusal: EngineError | None = None
    runs: int = 1

    def say(self, *texts: str, at: int | None = None, source: str = "stdout") -> None:
        for text in texts:
            self.lines.append(LogLine(at or time.time_ns(), text, source))


@dataclass
class FakeWatch:
    """Reads a list that may still grow; ends as the engine's streams do."""

    items: list[Any]
    wanted: Callable[[Any], bool]
    is_over: Callable[[], bool]
    index: int = 0
    problem: EngineError | None = None
    ended: bool = False
    quiet_s: float = 0.0

    def take(self) -> Any:
        while self.index < len(self.items) and self.problem is None:
            self.index += 1
            if self.wanted(self.items[self.index - 1]):
                return self.items[self.index - 1]
        self.ended = self.ended or self.problem is not None or self.is_over()
        return None

    def remainder(self) -> tuple[Any, ...]:
        return ()

    def close(self) -> None:
        self.ended = True


class WatchedEngine:
    """Both sides at once: a `Reader` that lists, and a `Watcher`."""

    def __init__(self) -> None:
        self.containers: dict[str, Logged] = {}
        self.events_told: list[EngineEvent] = []
        self.is_up = True
        self.opened: list[tuple[str, LogSpan]] = []
        self.open: list[FakeWatch] = []
        self.unknown_for_now: set[str] = set()

    @property
    def reader(self) -> Reader:
        return cast("Reader", self)

    @property
    def watcher(self) -> Watcher:
        return cast("Watcher", self)

    def add(self, container_id: str, profile_name: str, *, running: bool = True) -> Logged:
        made = Logged(container_id, profile_name, f"{FLEET}-{profile_name}", running)
        self.containers[container_id] = made
        self.tell("create", made)
        return made

    def tell(self, action: str, container: Logged, **attributes: str) -> None:
        told = {"name": container.name, **labels_of(container.profile_name), **attributes}
        event = EngineEvent(time.time_ns(), action, container.container_id, told)
        self.events_told.append(event)

    def stop(self, container: Logged) -> None:
        container.running = False
        self.tell("die", container, exitCode="0")

    def start(self, container: Logged) -> None:
        container.running = True
        container.runs += 1
        self.tell("start", container)

    def go_away(self) -> None:
        self.is_up = False
        for watch in self.open:
            watch.problem = EngineUnreachable("engine: the connection to the engine broke")

    def list_containers(self) -> tuple[ObservedContainer, ...]:
        self._answer()
        return tuple(
            ObservedContainer(
                c.container_id,
                c.name,
                "image",
                "sha256:x",
                ContainerState.RUNNING if c.running else ContainerState.EXITED,
                labels_of(c.profile_name),
                mounts={ACTIVE: f"{ROOT}/.multi-instance-runtime/active/{FLEET}-{c.profile_name}"},
            )
            for c in self.containers.values()
        )

    def log(self, container_id: str, span: LogSpan, masking: Masking) -> FakeWatch:
        del masking
        self._answer()
        self.opened.append((container_id, span))
        found = self.containers.get(container_id)
        if found is None or container_id in self.unknown_for_now:
            return FakeWatch([], lambda _: True, lambda: True, problem=NotFound("404"))
        if found.refusal:
            return FakeWatch([], lambda _: True, lambda: True, problem=found.refusal)
        run = found.runs
        watch = FakeWatch(
            found.lines,
            lambda line: line.at_ns >= (span.since_ns or 0),
            lambda: not (span.follow and found.running and found.runs == run),
        )
        if span.tail is not None:
            watch.index = max(0, len(found.lines) - span.tail)
        self.open.append(watch)
        return watch

    def events(
        self, wanted: Mapping[str, str], since_ns: int | None, until_ns: int | None
    ) -> FakeWatch:
        self._answer()
        begin = 0 if since_ns is not None else len(self.events_told)
        watch = FakeWatch(
            self.events_told,
            lambda e: e.at_ns >= (since_ns or 0) and wanted.items() <= e.attributes.items(),
            lambda: until_ns is not None and time.time_ns() >= until_ns,
            index=begin,
            quiet_s=1.0,
        )
        self.open.append(watch)
        return watch

    def wait(self, timeout_s: float) -> None:
        time.sleep(min(timeout_s, 0.005))

    def close(self) -> None:
        for watch in self.open:
            watch.close()

    def _answer(self) -> None:
        if not self.is_up:
            raise EngineUnreachable("engine: does not answer (Connection refused)")
