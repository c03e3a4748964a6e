"""The connection of one run to its engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.engine.connect import connect
from multi_instance_manager.engine.endpoint.endpoint import resolve_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.engine.docker.engine import DockerEngine
    from multi_instance_manager.engine.protocol.exec import Runner
    from multi_instance_manager.engine.protocol.machine import Examiner
    from multi_instance_manager.engine.protocol.watcher import Watcher
    from multi_instance_manager.settings.model import Settings


class Connection:
    """The engine, connected at its first use and then kept."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self.settings = settings
        self.environment = environment
        self._engine: DockerEngine | None = None

    def engine(self) -> DockerEngine:
        """Give the engine; raises `EngineUnreachable`."""
        if self._engine is None:
            self._engine = _connect(self.settings, self.environment)
        return self._engine

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


def _connect(settings: Settings, environment: Mapping[str, str]) -> DockerEngine:
    endpoint = resolve_endpoint(
        host=settings.host, context=settings.context, environment=environment
    )
    return connect(endpoint, timeout_s=settings.patience.engine_timeout_s)
