"""A pool with an engine in memory, and the manager between them."""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from multi_instance_manager.commands.change.down import DownResult, down
from multi_instance_manager.commands.change.fleet_session import SessionWatch
from multi_instance_manager.commands.change.restart import restart
from multi_instance_manager.commands.change.session_result import ChangeResult, UpResult
from multi_instance_manager.commands.change.start import start
from multi_instance_manager.commands.change.stop import stop
from multi_instance_manager.commands.change.sync import sync
from multi_instance_manager.commands.change.up import UpGates, up
from multi_instance_manager.commands.look.verify import VerifyResult, verify
from multi_instance_manager.commands.survey.prepare import prepare
from multi_instance_manager.commands.survey.request import Request
from multi_instance_manager.errors import ExitCode, ManagerError
from multi_instance_manager.execute.outcome import Outcome
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.fleet.leases import PortBases
from multi_instance_manager.host.listeners import busy_ports
from multi_instance_manager.http.probes import get
from multi_instance_manager.plan.plan import Operation, Plan
from multi_instance_manager.progress import Event, Sink, ignore
from multi_instance_manager.reports.change import (
    RestartReport,
    StartReport,
    StopReport,
    SyncReport,
)
from multi_instance_manager.settings.model import Settings, Timeouts
from unit.builders import CONNECT, some_settings
from unit.memory_engine import Container, Fault, Killed, MemoryEngine

NAME = "ai-proxy-user-a"
ENVIRONMENT = {"DOCKER_HOST": "unix:///nowhere"}


def free_range(length: int) -> int:
    """The first of so many ports in a row that nobody holds.

    Below the ports that the kernel gives to clients: one of those could hold a port for a moment.
    Tests that run side by side each have a thousand of their own.
    """
    lane = 10000 + 1000 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw9")[2:]) % 10)
    while True:
        first = random.randrange(lane, lane + 1000 - length)  # noqa: S311  # nothing secret
        if not busy_ports("127.0.0.1", range(first, first + length)):
            return first


class World:
    """One pool, by default with one profile, an engine, and the manager between them."""

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, names: Sequence[str] = ("user-a",)
    ) -> None:
        self.saved = folder / "auth_profiles" / "saved"
        self.saved.mkdir(parents=True)
        self.pool_file = self.saved / "user-a.json"
        for name in names:
            (self.saved / f"{name}.json").write_text(json.dumps({"cookies": [{"value": "first"}]}))
        self.engine = MemoryEngine()
        first_port = free_range(8)
        self.settings: Settings = some_settings(
            folder,
            docker_env_file=None,
            bases=PortBases(first_port, first_port + 4),
            timeouts=Timeouts(wait_timeout_s=3.0, stop_timeout_s=1.0, lock_timeout_s=1.0),
            auto_confirm=True,
        )
        self.stop_flag = threading.Event()
        self.events: list[Event] = []
        patch.setattr(CONNECT, lambda _, **__: self.engine)

    def up(self) -> UpResult:
        return up(
            self.request(),
            SessionWatch(lambda _: nullcontext(ignore)),
            UpGates(show=lambda _: None, confirm=lambda _: True),
        )

    def outcome(self) -> Outcome | None:
        """What became of the instance; None where the run ended before it began or was killed."""
        try:
            (outcome,) = self.up().outcomes
        except (ManagerError, Killed):
            return None
        return outcome

    def try_to_launch(self) -> None:
        """Launch, whatever becomes of it."""
        with suppress(ManagerError, Killed):
            self.up()

    def plan(self) -> Plan:
        """What the next launch would do."""
        return prepare(self.request()).plan

    def launch(self) -> Container:
        """A launch that must succeed has time: the machine may be busy."""
        settings = self.settings
        self.settings = replace(settings, timeouts=replace(settings.timeouts, wait_timeout_s=60.0))
        result = self.up()
        self.settings = settings
        assert result.exit_code is ExitCode.OK, [one.problem for one in result.outcomes]
        return self.serving()

    def serving(self) -> Container:
        """The container under the name; it runs and answers."""
        container = self.engine.named(NAME)
        assert container is not None, f"nothing is called {NAME}: {self.shown()}"
        assert container.state is ContainerState.RUNNING, self.shown()
        assert get(f"http://127.0.0.1:{self.settings.bases.api}/health", timeout_s=5).status == 200
        return container

    def shown(self) -> dict[str, str]:
        return {c.name: c.state.value for c in self.engine.containers.values()}

    def sessions(self) -> set[bytes]:
        """Every session that is still in the pool, a copy, the history or the trash."""
        state = self.settings.state_dir
        kept = ("active", "history", "aside", "trash")
        places = (self.saved, *(state / name for name in kept))
        return {path.read_bytes() for place in places for path in place.rglob("*.json")}

    def request(self, *patterns: str) -> Request:
        return Request(self.settings, ENVIRONMENT, patterns)

    def watch(self) -> SessionWatch:
        def progress(plan: Plan) -> AbstractContextManager[Sink]:
            del plan
            sink: Sink = self.events.append
            return nullcontext(sink)

        return SessionWatch(progress, self.stop_flag)

    def stop(self, *patterns: str) -> ChangeResult[StopReport]:
        return stop(self.request(*patterns), self.watch())

    def start(self, *patterns: str) -> ChangeResult[StartReport]:
        return start(self.request(*patterns), self.watch())

    def restart(self, *patterns: str, at_once: int | None = 1) -> ChangeResult[RestartReport]:
        return restart(self.request(*patterns), self.watch(), at_once=at_once)

    def sync(self, *patterns: str) -> ChangeResult[SyncReport]:
        return sync(self.request(*patterns), self.watch())

    def verify(self, *patterns: str) -> VerifyResult:
        return verify(self.request(*patterns))

    def down(
        self, *patterns: str, confirm: Callable[[Sequence[Operation]], bool] = lambda _: True
    ) -> DownResult:
        return down(self.request(*patterns), self.watch(), confirm, search=True)

    def wish(self, **changes: object) -> None:
        """Change what is wanted."""
        self.settings = replace(self.settings, **changes)


def states(outcomes: Collection[Outcome]) -> dict[str, str]:
    return {outcome.operation.profile_name: outcome.state.value for outcome in outcomes}


def must_have_lost_no_session(world: World, fault: Fault) -> None:
    missing = set(world.engine.saved.values()) - world.sessions()
    assert missing == set(), f"lost after {fault.at}, call {fault.number}"


Builder = Callable[..., World]
