"""What every command is called with: settings, environment, profiles, and the way to the engine."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.state.layout import StateLayout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.engine.docker.engine import DockerEngine
    from multi_instance_manager.engine.protocol.exec import Runner
    from multi_instance_manager.engine.protocol.machine import Examiner
    from multi_instance_manager.engine.protocol.watcher import Watcher
    from multi_instance_manager.settings.model import Settings


class Request(msgspec.Struct, frozen=True, dict=True):
    """The first parameter of every command.

    ``patterns`` are names and globs of profiles; none means all. The engine is connected at its
    first use and then kept: a command that needs none never asks for it.
    """

    settings: Settings
    environment: Mapping[str, str]
    patterns: tuple[str, ...] = ()

    @cached_property
    def layout(self) -> StateLayout:
        """The fleet's files."""
        return StateLayout(self.settings.state_dir, self.settings.container_prefix)

    def engine(self) -> DockerEngine:
        """Give the engine; raises `EngineUnreachable`, and tries again at the next call."""
        return self._engine

    @cached_property
    def _engine(self) -> DockerEngine:
        from multi_instance_manager.engine.connect import connect
        from multi_instance_manager.engine.endpoint.endpoint import resolve_endpoint

        settings = self.settings
        endpoint = resolve_endpoint(
            host=settings.host, context=settings.context, environment=self.environment
        )
        return connect(endpoint, timeout_s=settings.timeouts.engine_timeout_s)

    def runner(self) -> Runner:
        """Give the engine's ability to run commands in containers."""
        from multi_instance_manager.engine.docker.exec import DockerRunner

        return DockerRunner(self.engine().api)

    def watcher(self) -> Watcher:
        """Watch the engine's streams, by connections of their own; the caller closes it."""
        from multi_instance_manager.engine.docker.watcher import DockerWatcher

        return DockerWatcher(self.engine().api)

    def examiner(self) -> Examiner:
        """Give the engine's ability to be looked at closely."""
        from multi_instance_manager.engine.docker.machine import DockerExaminer

        return DockerExaminer(self.engine().api)
