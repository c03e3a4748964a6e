"""A pool and one `up` after the other, over an engine in memory."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from pathlib import Path

import pytest

from multi_instance_manager.commands.change.fleet_session import SessionWatch
from multi_instance_manager.commands.change.session_result import UpResult
from multi_instance_manager.commands.change.up import UpGates, up
from multi_instance_manager.commands.look.preview import Preview, preview
from multi_instance_manager.commands.survey.request import Request
from multi_instance_manager.fleet.leases import PortBases
from multi_instance_manager.progress import Event, Sink
from multi_instance_manager.settings.model import Settings, Timeouts
from unit.builders import CONNECT, some_settings
from unit.memory_engine import MemoryEngine
from unit.world import free_range

CONTENT = '{"cookies": [{"value": "first"}]}'


class Pool:
    """A project, its engine, and one `up` after the other."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.saved = root / "auth_profiles" / "saved"
        self.saved.mkdir(parents=True)
        self.engine = MemoryEngine()
        first_port = free_range(12)
        self.settings: Settings = some_settings(
            root,
            docker_env_file=None,
            bases=PortBases(first_port, first_port + 6),
            timeouts=Timeouts(wait_timeout_s=5.0, stop_timeout_s=1.0, lock_timeout_s=1.0),
            auto_confirm=True,
        )
        self.stop = threading.Event()
        self.events: list[Event] = []
        self.answer = True
        patch.setattr(CONNECT, lambda _, **__: self.engine)

    def add(self, *names: str) -> None:
        for name in names:
            (self.saved / f"{name}.json").write_text(CONTENT)

    def add_broken(self, *names: str) -> None:
        for name in names:
            (self.saved / f"{name}.json").write_text('{"cookies": [')

    def up(self, *named: str) -> UpResult:
        sink: Sink = self.events.append
        watch = SessionWatch(lambda _: nullcontext(sink), self.stop)
        gates = UpGates(show=lambda _: None, confirm=lambda _: self.answer)
        return up(self.request(*named), watch, gates)

    def plan(self, *named: str) -> Preview:
        return preview(self.request(*named))

    def request(self, *named: str) -> Request:
        return Request(self.settings, {"DOCKER_HOST": "unix:///nowhere"}, named)

    def ports(self) -> dict[str, int]:
        """The API port of every running container, counted from the base."""
        base = self.settings.bases.api
        return {
            c.name: c.ports["2048/tcp"] - base
            for c in self.engine.containers.values()
            if c.listeners
        }
